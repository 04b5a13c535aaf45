import type { Clock } from '@hanse/core'
import { serviceUnknown } from '../errors.ts'
import type { InstanceStatus } from '../record/instance.ts'
import type { ProcessRecord, RecordedInstance } from '../record/process-record.ts'
import { Endpoint, ServiceEndpoints } from '../view/endpoint.ts'
import { excuseSilence, isMassSilence, observeRecords } from '../view/observe-records.ts'
import type { ProcessTrack, ProcessTracks } from '../view/observe-records.ts'
import type { RegistryChange, RegistryChangeType } from '../view/registry-change.ts'
import type { HealthPolicy } from './health-policy.ts'
import { firstEvidence, judgeHealth, needsProbe } from './judge-health.ts'
import type { Evidence, FailureKind, HealthEvent, ProbeOutcome } from './judge-health.ts'
import { supersededEndpoints } from './superseded.ts'

/** Options of {@link Fleet}. */
export interface FleetOptions {
  readonly policy: HealthPolicy
  readonly clock: Clock
  /** Whether probes run. */
  readonly probing: boolean
  /** Told of changes, in order. */
  readonly onChanges: (changes: readonly RegistryChange[]) => void
  /** Told of an endpoint that a probe could clear or convict; again and again while that is so. */
  readonly onDoubt: (endpoint: Endpoint) => void
}

// A service without instances stays known for this long, so that its callers hear "none is healthy" and not "no such name".
const rememberMs = 600_000

const changeOfHealth = { healthy: 'instance-recovered', suspect: 'instance-suspected', unreachable: 'instance-lost' } as const
const changeOfStatus: Readonly<Record<InstanceStatus, RegistryChangeType>> = { up: 'instance-updated', leaving: 'instance-leaving', left: 'instance-removed' }

/** All instances in memory, with the evidence for and against each: the one place where what is seen becomes what is believed. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #services = new Map<string, ServiceEndpoints>()
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #evidence = new Map<Endpoint, Evidence>()
  readonly #emptySince = new Map<string, number>()
  #tracks: ProcessTracks | undefined
  #changes: RegistryChange[] = []
  /** Grows with every change. */
  revision = 0

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** Every endpoint, by service, then by id. */
  *endpoints(): IterableIterator<Endpoint> {
    for (const name of [...this.#services.keys()].sort()) yield* this.#services.get(name)?.endpoints ?? []
  }

  /**
   * The endpoints of a service.
   * @throws HanseError `REGISTRY_SERVICE_UNKNOWN`
   */
  service(name: string): ServiceEndpoints {
    const service = this.#services.get(name)
    if (service === undefined) throw serviceUnknown(name, [...this.#services.keys()].sort())
    return service
  }

  /** Whether the service has, or lately had, an instance. */
  knows(name: string): boolean {
    return this.#services.has(name)
  }

  /** The highest incarnation seen of an address, or 0. */
  incarnationOf(url: string): number {
    let highest = 0
    for (const { instance } of this.#endpoints.values()) if (instance.url === url) highest = Math.max(highest, instance.incarnation)
    return highest
  }

  /** Takes in what the store says. `creditMs` is the time that counts as observed since the last look. */
  observe(records: readonly ProcessRecord[], creditMs: number): void {
    const before = this.#tracks
    const observed = observeRecords(before, records, creditMs)
    for (const track of observed.values()) this.#takeIn(track, before?.get(track.record.processId))
    const tracks = isMassSilence(this.#judgedTracks(observed), this.#options.policy.suspectAfterBeats) ? excuseSilence(observed) : observed
    for (const track of tracks.values()) this.#judgeTrack(track, before?.has(track.record.processId) === true)
    this.#supersede()
    this.#tracks = this.#withoutGone(tracks)
    this.#forgetEmptyServices()
    this.#publish()
  }

  /** Takes in how a call ended. */
  report(endpoint: Endpoint, failure: FailureKind | undefined): void {
    const evidence = this.#evidence.get(endpoint)
    // The hot path: a good call to an instance that nothing speaks against.
    if (failure === undefined && evidence?.failures === 0 && evidence.cause === undefined) return
    this.#judge(endpoint, { type: 'report', failure })
    this.#publish()
  }

  /** Takes in what a probe found. */
  probed(endpoint: Endpoint, outcome: ProbeOutcome): void {
    this.#judge(endpoint, { type: 'probe', outcome })
    this.#publish()
  }

  /** Lets ejections end whose time is up. */
  passTime(): void {
    for (const [endpoint, evidence] of this.#evidence) if (evidence.ejectedUntilMs !== undefined) this.#judge(endpoint, { type: 'time' })
    this.#publish()
  }

  /** Makes every kept picker ask again, and so learn that the registry is closed. */
  close(): void {
    for (const service of this.#services.values()) service.revision++
  }

  /** Whether a probe of the endpoint could change anything. */
  needsProbe(endpoint: Endpoint): boolean {
    const evidence = this.#evidence.get(endpoint)
    return evidence !== undefined && endpoint.status !== 'left' && needsProbe(evidence, this.#options.policy)
  }

  #takeIn(track: ProcessTrack, before: ProcessTrack | undefined): void {
    const { processId, instances } = track.record
    if (before?.record.instances === instances) return
    const current = new Set(instances.map((recorded) => recorded.instance.id))
    for (const { instance } of before?.record.instances ?? []) if (!current.has(instance.id)) this.#remove(instance.id)
    for (const recorded of instances) {
      const endpoint = this.#endpoints.get(recorded.instance.id)
      if (endpoint === undefined) this.#add(processId, recorded, track.watched || before !== undefined)
      else if (endpoint.processId === processId) this.#update(endpoint, recorded)
    }
  }

  #add(processId: string, { instance, status }: RecordedInstance, watched: boolean): void {
    const endpoint = new Endpoint(processId, instance, status)
    const evidence = firstEvidence(watched)
    endpoint.health = evidence.health
    endpoint.cause = evidence.cause
    this.#endpoints.set(instance.id, endpoint)
    this.#evidence.set(endpoint, evidence)
    let service = this.#services.get(instance.service)
    if (service === undefined) this.#services.set(instance.service, (service = new ServiceEndpoints(instance.service)))
    service.add(endpoint)
    this.#note(status === 'left' ? 'instance-removed' : 'instance-registered', endpoint)
  }

  #update(endpoint: Endpoint, { instance, status }: RecordedInstance): void {
    const sameStatus = endpoint.status === status
    endpoint.instance = instance
    endpoint.status = status
    this.#touch(endpoint)
    // Another instance of the same process changed: the document is new, this entry is not.
    if (!sameStatus) this.#note(changeOfStatus[status], endpoint)
  }

  #remove(id: string): void {
    const endpoint = this.#endpoints.get(id)
    if (endpoint === undefined) return
    this.#endpoints.delete(id)
    this.#evidence.delete(endpoint)
    this.#services.get(endpoint.instance.service)?.remove(endpoint)
    if (endpoint.status !== 'left') this.#note('instance-removed', endpoint)
  }

  #judgeTrack(track: ProcessTrack, knownBefore: boolean): void {
    const { progressed, silentMs, excusedMs, record } = track
    const event: HealthEvent = progressed
      ? { type: 'beat' }
      : { type: 'silence', beats: silentMs / record.beatEveryMs, excused: excusedMs / record.beatEveryMs }
    for (const endpoint of this.#endpointsOf(track)) {
      // The first sight of a record proves nothing: it may be what a dead process left behind.
      if (knownBefore && endpoint.status !== 'left') this.#judge(endpoint, event)
      if (this.needsProbe(endpoint)) this.#options.onDoubt(endpoint)
    }
  }

  #supersede(): void {
    const superseded = supersededEndpoints([...this.#endpoints.values()])
    for (const endpoint of this.#endpoints.values()) this.#judge(endpoint, { type: 'address', superseded: superseded.has(endpoint) })
  }

  #judge(endpoint: Endpoint, event: HealthEvent): void {
    const before = this.#evidence.get(endpoint)
    if (before === undefined) return
    const { policy, clock, probing } = this.#options
    const mayEject = event.type === 'report' && event.failure !== undefined && this.#mayEject(endpoint)
    const after = judgeHealth(before, event, { policy, atMs: clock.monotonic(), mayEject, probing })
    if (after === before) return
    this.#evidence.set(endpoint, after)
    if (after.health !== before.health || after.cause !== before.cause) this.#show(endpoint, before, after)
    if (event.type !== 'probe' && this.needsProbe(endpoint)) this.#options.onDoubt(endpoint)
  }

  #show(endpoint: Endpoint, before: Evidence, after: Evidence): void {
    endpoint.health = after.health
    endpoint.cause = after.cause
    this.#touch(endpoint)
    if (after.health !== before.health && endpoint.status !== 'left') this.#note(changeOfHealth[after.health], endpoint)
  }

  /** Counted after the ejection: with two instances one may go, with one none. */
  #mayEject(endpoint: Endpoint): boolean {
    const others = this.#services.get(endpoint.instance.service)?.endpoints.filter((other) => other.status === 'up') ?? []
    const ejected = others.filter((other) => this.#evidence.get(other)?.ejectedUntilMs !== undefined).length
    return ejected + 1 <= this.#options.policy.maxEjectedShare * others.length
  }

  /** Only processes whose silence is news: not those that left, or that probes have settled. */
  #judgedTracks(tracks: ProcessTracks): ProcessTracks {
    const open = (endpoint: Endpoint): boolean => endpoint.status !== 'left' && endpoint.cause !== 'probe-failed' && endpoint.cause !== 'superseded'
    return new Map([...tracks].filter(([, track]) => this.#endpointsOf(track).some(open)))
  }

  /** A vanished record alone removes nobody; a vanished record of an instance that left or is given up does. */
  #withoutGone(tracks: ProcessTracks): ProcessTracks {
    const gone = [...tracks].filter(([, track]) => track.absent && this.#endpointsOf(track).every(isOver))
    if (gone.length === 0) return tracks
    for (const [, track] of gone) for (const { instance } of track.record.instances) this.#remove(instance.id)
    const processIds = new Set(gone.map(([processId]) => processId))
    return new Map([...tracks].filter(([processId]) => !processIds.has(processId)))
  }

  #forgetEmptyServices(): void {
    const now = this.#options.clock.monotonic()
    for (const [name, service] of this.#services) {
      if (service.endpoints.length > 0) this.#emptySince.delete(name)
      else if (!this.#emptySince.has(name)) this.#emptySince.set(name, now)
      else if (now - (this.#emptySince.get(name) ?? now) > rememberMs) this.#services.delete(name)
    }
  }

  #endpointsOf(track: ProcessTrack): readonly Endpoint[] {
    return track.record.instances.flatMap(({ instance }) => this.#endpoints.get(instance.id) ?? [])
  }

  #touch(endpoint: Endpoint): void {
    const service = this.#services.get(endpoint.instance.service)
    if (service !== undefined) service.revision++
  }

  #note(type: RegistryChangeType, endpoint: Endpoint): void {
    this.revision++
    this.#changes.push({ type, instance: endpoint.view() })
  }

  #publish(): void {
    if (this.#changes.length === 0) return
    const changes = this.#changes
    this.#changes = []
    this.#options.onChanges(changes)
  }
}

function isOver(endpoint: Endpoint): boolean {
  return endpoint.status === 'left' || endpoint.health === 'unreachable'
}
