import { HanseError, createLifecycle, raceAbort } from '@hanse/core'
import type { AbortOptions, Closable, Lifecycle } from '@hanse/core'
import { createPicker } from './balance/picker.ts'
import type { CallResult, Explanation, Pick, PickOptions, Picker, PickerOptions, PickerSource, SnapshotPicker } from './balance/picker.ts'
import { Fleet } from './detect/fleet.ts'
import { ProbeScheduler } from './detect/probe-scheduler.ts'
import { StallWatch } from './detect/stall-watch.ts'
import { storeUnavailable } from './errors.ts'
import { BeatWriter } from './record/beat-writer.ts'
import type { InstanceView } from './record/instance.ts'
import { createRecordStore } from './record/record-store.ts'
import { resolveInstance } from './record/register-options.ts'
import type { RegisterOptions } from './record/register-options.ts'
import { createRegistration } from './registration.ts'
import type { Registration } from './registration.ts'
import { resolveRegistryOptions } from './registry-options.ts'
import type { RegistryOptions, ResolvedRegistryOptions } from './registry-options.ts'
import { ChangeFeed } from './view/change-feed.ts'
import type { Endpoint, ServiceEndpoints } from './view/endpoint.ts'
import { Refresher } from './view/refresher.ts'
import type { RegistryChange, RegistrySnapshot, RegistryUpdate } from './view/registry-change.ts'

/** Who runs where, and whom to call. */
export interface Registry extends Closable {
  /**
   * Reads the store for the first time and keeps reading. Optional: every asynchronous call does it.
   * @throws HanseError `REGISTRY_STORE_UNAVAILABLE` when the first read fails; it goes on trying, so the call may be repeated
   */
  start(options?: AbortOptions): Promise<void>
  /**
   * Makes an instance of this process known and beats for it until the registration, or the registry, is closed.
   * Call it when the server is bound and ready. Resolves when the record is durable.
   *
   * @throws HanseError `INVALID_ARGUMENT`, `REGISTRY_ADDRESS_REFUSED`, `REGISTRY_STORE_UNAVAILABLE`
   */
  register(options: RegisterOptions, abort?: AbortOptions): Promise<Registration>
  /** The instances of a service that a pick would choose from, in the order of their ids; none for an unknown service. */
  discover(service: string, options?: AbortOptions): Promise<readonly InstanceView[]>
  /** Everything that is known, from memory. */
  getAll(options?: AbortOptions): Promise<RegistrySnapshot>
  /**
   * Tells the state, then each change of it, until the signal aborts (then it throws its reason) or the registry closes (then it ends).
   *
   * @param service - only this service; all when left out
   */
  watch(service?: string, options?: AbortOptions): AsyncIterableIterator<RegistryUpdate, void, undefined>
  /**
   * Picks an instance and counts the call until `done`. For the hot path keep a {@link picker}.
   * @throws HanseError `REGISTRY_SERVICE_UNKNOWN`, `REGISTRY_NO_HEALTHY_INSTANCE`
   */
  pick(service: string, options?: PickerOptions & PickOptions & AbortOptions): Promise<Pick>
  /** A picker with its strategy and filter resolved once: constant time a pick, no await. */
  picker(service: string, options?: PickerOptions): Picker
  /** Why each instance of a service would be picked next or not. */
  explain(service: string, options?: PickerOptions & PickOptions & AbortOptions): Promise<readonly Explanation[]>
}

const maxCachedPickers = 1_000

/**
 * Makes a registry over a database that all processes share. Creation does no I/O.
 *
 * The store is only the record. Liveness is judged here: by the progress of each process's beats on our own monotonic clock,
 * by the results that callers report, and by probes; no clock of another machine takes part.
 *
 * @example
 * ```ts
 * const registry = createRegistry({ store: db })
 * await using self = await registry.register({ name: 'order-service', url: server.url, version: '1.4.0', healthPath: '/health/live' })
 * const { instance, done } = await registry.pick('product-service')
 * ```
 */
export function createRegistry(options: RegistryOptions): Registry {
  return new StoreRegistry(resolveRegistryOptions(options))
}

class StoreRegistry implements Registry {
  readonly #options: ResolvedRegistryOptions
  readonly #lifecycle: Lifecycle
  readonly #fleet: Fleet
  readonly #beats: BeatWriter
  readonly #refresher: Refresher
  readonly #probes: ProbeScheduler | undefined
  readonly #stalls: StallWatch
  readonly #feed = new ChangeFeed()
  readonly #registrations = new Set<Registration>()
  readonly #pickers = new Map<string, SnapshotPicker>()
  readonly #source: PickerSource

  constructor(options: ResolvedRegistryOptions) {
    const { clock, random, logger, policy } = options
    this.#options = options
    const processId = options.generateId()
    const onProblem = (from: string, problem: string): void => logger.warn({ processId: from, problem }, 'registry: an instance in the store is ignored')
    const records = createRecordStore({ ...options, onProblem })
    this.#stalls = new StallWatch(clock)
    this.#beats = new BeatWriter({ ...options, records, processId, everyMs: options.beatEveryMs })
    this.#probes = this.#makeProbes()
    this.#fleet = new Fleet({
      policy,
      clock,
      probing: this.#probes !== undefined,
      onChanges: (changes) => this.#tell(changes),
      onDoubt: (endpoint) => this.#probes?.doubt(endpoint),
    })
    this.#refresher = new Refresher({
      records,
      everyMs: options.refreshEveryMs,
      clock,
      random,
      logger,
      silenceCounts: () => !this.#beats.failing,
      onRecords: (found, creditMs) => this.#fleet.observe(found, creditMs),
      onTick: () => this.#fleet.passTime(),
    })
    this.#source = {
      endpoints: (service) => this.#endpoints(service),
      report: (endpoint, result) => this.#report(endpoint, result),
      random,
      panicShare: policy.panicShare,
    }
    this.#lifecycle = createLifecycle({ subject: 'the registry', start: () => this.#begin(), stop: (stopOptions) => this.#end(stopOptions) })
  }

  async start(options: AbortOptions = {}): Promise<void> {
    await this.#lifecycle.start()
    if (!this.#refresher.ready) await raceAbort(this.#refresher.refresh(), options.signal)
  }

  async register(options: RegisterOptions, abort: AbortOptions = {}): Promise<Registration> {
    this.#lifecycle.assertOpen()
    const { clock, generateId, check } = this.#options
    const identity = { id: generateId(), incarnation: 0, startedAt: new Date(clock.now()) }
    const checked = resolveInstance(options, identity, check)
    await this.start(abort)
    // Higher than what held this address before, even when the clock has stepped back since.
    const incarnation = Math.max(clock.now(), this.#fleet.incarnationOf(checked.url) + 1)
    const instance = Object.freeze({ ...checked, incarnation })
    this.#beats.set(instance, 'up')
    try {
      await this.#flush(abort)
    } catch (error) {
      this.#beats.forget(instance)
      throw error
    }
    const registration = createRegistration({
      instance,
      beats: this.#beats,
      clock,
      logger: this.#options.logger,
      settleMs: this.#options.refreshEveryMs * 1.2,
      flush: (flushOptions) => this.#flush(flushOptions),
      onClosed: () => this.#registrations.delete(registration),
    })
    this.#registrations.add(registration)
    return registration
  }

  async discover(service: string, options: AbortOptions = {}): Promise<readonly InstanceView[]> {
    await this.#ready(options)
    return this.#fleet.knows(service) ? this.#picker(service, {}).chosen() : []
  }

  async getAll(options: AbortOptions = {}): Promise<RegistrySnapshot> {
    await this.#ready(options)
    return this.#snapshot(undefined)
  }

  async *watch(service?: string, options: AbortOptions = {}): AsyncGenerator<RegistryUpdate, void, undefined> {
    await this.#ready(options)
    yield* this.#feed.watch({ service, signal: options.signal, snapshot: () => this.#snapshot(service) })
  }

  async pick(service: string, options: PickerOptions & PickOptions & AbortOptions = {}): Promise<Pick> {
    await this.#ready(options)
    return this.#picker(service, options).pick(options)
  }

  picker(service: string, options: PickerOptions = {}): Picker {
    this.#lifecycle.assertOpen()
    return createPicker(service, options, this.#source)
  }

  async explain(service: string, options: PickerOptions & PickOptions & AbortOptions = {}): Promise<readonly Explanation[]> {
    await this.#ready(options)
    return this.#picker(service, options).explain(options)
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #ready({ signal }: AbortOptions): Promise<void> {
    signal?.throwIfAborted()
    this.#lifecycle.assertOpen()
    if (!this.#refresher.ready) await this.start(signal === undefined ? {} : { signal })
  }

  async #begin(): Promise<void> {
    this.#stalls.start()
    this.#refresher.start()
  }

  async #end(options: AbortOptions): Promise<void> {
    await Promise.all([...this.#registrations].map((registration) => registration.close(options)))
    await Promise.all([this.#beats.stop(), this.#refresher.close(), this.#probes?.close()])
    this.#stalls.stop()
    this.#feed.close()
    this.#fleet.close()
  }

  /** Writes this process's record, and shows the change in our own snapshot at once. */
  async #flush(options: AbortOptions): Promise<void> {
    try {
      await raceAbort(this.#beats.flush(), options.signal)
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      throw storeUnavailable('be written', error)
    }
    // The record is durable; a failed read has been logged and only delays our own view of it.
    if (this.#lifecycle.state !== 'closing') await this.#refresher.refresh().catch(() => undefined)
  }

  #endpoints(service: string): ServiceEndpoints {
    this.#lifecycle.assertOpen()
    if (!this.#refresher.ready) {
      throw new HanseError('the registry has not read its store yet; await its start() before using a picker.', { code: 'NOT_STARTED' })
    }
    return this.#fleet.service(service)
  }

  #picker(service: string, options: PickerOptions): SnapshotPicker {
    const { strategy = '', version = '', metadata } = options
    const key = [service, strategy, version, metadata === undefined ? '' : JSON.stringify(metadata)].join('\n')
    let picker = this.#pickers.get(key)
    if (picker === undefined) {
      picker = createPicker(service, options, this.#source)
      if (this.#pickers.size >= maxCachedPickers) this.#pickers.clear()
      this.#pickers.set(key, picker)
    }
    return picker
  }

  #report(endpoint: Endpoint, result: CallResult | undefined): void {
    const failure = result === undefined || result.ok ? undefined : (result.kind ?? 'error')
    // A caller that stood still runs into time-outs of its own making.
    if (failure === 'timeout' && this.#stalls.stalled) return
    this.#fleet.report(endpoint, failure)
  }

  #makeProbes(): ProbeScheduler | undefined {
    const { probe } = this.#options
    if (probe === undefined) return undefined
    return new ProbeScheduler({
      ...this.#options,
      ...probe,
      stalled: () => this.#stalls.stalled,
      needsProbe: (endpoint) => this.#fleet.needsProbe(endpoint),
      onOutcome: (endpoint, outcome) => this.#fleet.probed(endpoint, outcome),
    })
  }

  #tell(changes: readonly RegistryChange[]): void {
    const { logger } = this.#options
    for (const { type, instance } of changes) {
      const { id, service, url, cause } = instance
      const level = type === 'instance-lost' || type === 'instance-suspected' ? 'warn' : 'info'
      logger[level]({ instance: id, service, url, ...(cause === undefined ? {} : { cause }) }, `registry: ${type}`)
    }
    this.#feed.publish(changes)
  }

  #snapshot(service: string | undefined): RegistrySnapshot {
    const endpoints = [...this.#fleet.endpoints()].filter((endpoint) => service === undefined || endpoint.instance.service === service)
    return {
      revision: this.#fleet.revision,
      source: this.#refresher.stale ? 'stale' : 'live',
      ageMs: this.#refresher.ageMs,
      instances: endpoints.map((endpoint) => endpoint.view()),
    }
  }
}
