import { invalidArgument } from '@hanse/core'
import type { Random } from '@hanse/core'
import { validRange } from 'semver'
import { noHealthyInstance } from '../errors.ts'
import type { FailureKind } from '../detect/judge-health.ts'
import type { Instance, InstanceView } from '../record/instance.ts'
import type { Endpoint, ServiceEndpoints } from '../view/endpoint.ts'
import { leastRequests } from './least-requests.ts'
import { randomChoice } from './random-choice.ts'
import { roundRobin } from './round-robin.ts'
import type { Rotation } from './round-robin.ts'
import { sortEndpoints } from './standing.ts'
import type { InstanceFilter, Sorted, Standing } from './standing.ts'
import { strategyNames } from './strategy.ts'
import type { Chooser, StrategyName } from './strategy.ts'
import { weightedChoice } from './weighted-choice.ts'

/** How a call to a picked instance ended. */
export type CallResult =
  | { readonly ok: true; readonly latencyMs?: number }
  | {
      readonly ok: false
      /**
       * What went wrong with the instance; a call that its own caller gave up is `ok`.
       * @defaultValue 'error'
       */
      readonly kind?: FailureKind
      readonly latencyMs?: number
    }

/** An instance to call. */
export interface Pick {
  readonly instance: Instance
  /**
   * Reports how the call ended, once, always: least-requests counts the calls under way, and failures eject the instance.
   * Further calls do nothing. It may be taken out of the pick and passed on. Without a result the call went well.
   */
  readonly done: (result?: CallResult) => void
}

/** Options of a picker. */
export interface PickerOptions extends InstanceFilter {
  /** @defaultValue 'least-requests' */
  readonly strategy?: StrategyName
}

/** Options of one pick. */
export interface PickOptions {
  /** Ids of instances that must not be picked, such as those that a retry has tried. */
  readonly exclude?: readonly string[] | ReadonlySet<string>
}

/** Why an instance is in or out. */
export interface Explanation {
  readonly instance: Instance
  readonly standing: Standing
  /** One sentence. */
  readonly reason: string
  /** Calls under way from this process. */
  readonly inFlight: number
}

/** Picks instances of one service by one strategy and filter. Keep it: a pick costs constant time and no await. */
export interface Picker {
  /** The service's name. */
  readonly service: string
  /**
   * Picks an instance from memory.
   * @throws HanseError `REGISTRY_NO_HEALTHY_INSTANCE`, `REGISTRY_SERVICE_UNKNOWN`, or `NOT_STARTED` before the registry's first read
   */
  pick(options?: PickOptions): Pick
  /** Tells of every instance of the service why the next pick would consider it or not. */
  explain(options?: PickOptions): readonly Explanation[]
}

/** What a picker needs from the registry. */
export interface PickerSource {
  /** Finds the service's endpoints, or throws when it is unknown or nothing has been read yet. */
  endpoints(service: string): ServiceEndpoints
  report(endpoint: Endpoint, result: CallResult | undefined): void
  readonly random: Random
  readonly panicShare: number
}

const reasons: Readonly<Record<Standing, string>> = {
  in: 'it is healthy',
  'in-panic': 'it is suspect, but too few others are healthy',
  suspect: 'it is suspect and enough others are healthy',
  unreachable: 'it is given up until it proves itself again',
  leaving: 'it is leaving, or has left',
  version: 'its version is outside the wanted range',
  metadata: 'its metadata is not what is wanted',
}

/**
 * Makes a {@link Picker}.
 * @throws HanseError `INVALID_ARGUMENT` for an unknown strategy or an invalid range
 */
export function createPicker(service: string, options: PickerOptions, source: PickerSource): SnapshotPicker {
  return new SnapshotPicker(service, options, source)
}

/** A {@link Picker} that can also list what it picks from. */
export class SnapshotPicker implements Picker {
  readonly service: string
  readonly #filter: InstanceFilter
  readonly #strategy: StrategyName
  readonly #source: PickerSource
  readonly #rotation: Rotation
  #endpoints: ServiceEndpoints | undefined
  #revision = -1
  #sorted: Sorted = { chosen: [], reserve: [], standings: new Map() }
  #choose: Chooser | undefined

  constructor(service: string, options: PickerOptions, source: PickerSource) {
    const { strategy = 'least-requests', version, metadata } = options
    if (!strategyNames.includes(strategy)) throw invalidArgument("option 'strategy' of a picker", `one of ${strategyNames.join(', ')}`, strategy)
    if (version !== undefined && validRange(version) === null) throw invalidArgument("option 'version' of a picker", 'a semver range', version)
    this.service = service
    this.#strategy = strategy
    this.#filter = { ...(version === undefined ? {} : { version }), ...(metadata === undefined ? {} : { metadata }) }
    this.#source = source
    // Different processes start at different places, so that they do not all call the same instance first.
    this.#rotation = { next: Math.floor(source.random() * 1_000_000) }
  }

  pick(options?: PickOptions): Pick {
    this.#refresh()
    const exclude = options?.exclude
    const endpoint = exclude === undefined ? this.#choose?.() : this.#pickExcept(exclude)
    if (endpoint === undefined) throw noHealthyInstance(this.service, this.#count(exclude))
    return pickOf(endpoint, this.#source)
  }

  /** The instances that the next pick chooses from. */
  chosen(): readonly InstanceView[] {
    this.#refresh()
    return this.#sorted.chosen.map((endpoint) => endpoint.view())
  }

  explain(options?: PickOptions): readonly Explanation[] {
    this.#refresh()
    const excluded = options?.exclude
    return [...this.#sorted.standings].map(([endpoint, standing]) => {
      const { instance, inFlight, cause } = endpoint
      const suffix = cause === undefined || standing === 'leaving' ? '' : ` (${cause})`
      const reason = excluded !== undefined && has(excluded, instance.id) ? 'the caller excluded it' : `${reasons[standing]}${suffix}`
      return { instance, standing, reason, inFlight }
    })
  }

  #refresh(): void {
    const endpoints = this.#endpoints
    if (endpoints !== undefined && endpoints.revision === this.#revision && endpoints.endpoints.length > 0) return
    const found = this.#source.endpoints(this.service)
    this.#endpoints = found
    this.#revision = found.revision
    this.#sorted = sortEndpoints(found.endpoints, this.#filter, this.#source.panicShare)
    this.#choose = this.#sorted.chosen.length === 0 ? undefined : this.#chooser(this.#sorted.chosen)
  }

  #chooser(endpoints: readonly Endpoint[]): Chooser {
    const { random } = this.#source
    if (this.#strategy === 'round-robin') return roundRobin(endpoints, this.#rotation)
    if (this.#strategy === 'random') return randomChoice(endpoints, random)
    return this.#strategy === 'weighted' ? weightedChoice(endpoints, random) : leastRequests(endpoints, random)
  }

  #pickExcept(exclude: readonly string[] | ReadonlySet<string>): Endpoint | undefined {
    const { chosen, reserve } = this.#sorted
    // A few draws almost always find one; the list made anew is for short lists and long exclusions.
    for (let draw = 0; draw < 4; draw++) {
      const endpoint = this.#choose?.()
      if (endpoint !== undefined && !has(exclude, endpoint.instance.id)) return endpoint
    }
    const allowed = (endpoint: Endpoint): boolean => !has(exclude, endpoint.instance.id)
    const left = chosen.filter(allowed)
    const candidates = left.length > 0 ? left : reserve.filter(allowed)
    return candidates.length === 0 ? undefined : this.#chooser(candidates)()
  }

  #count(exclude: PickOptions['exclude']): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const [endpoint, standing] of this.#sorted.standings) {
      const key = exclude !== undefined && has(exclude, endpoint.instance.id) ? 'excluded' : standing
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  }
}

function pickOf(endpoint: Endpoint, source: PickerSource): Pick {
  let open = true
  endpoint.inFlight++
  return {
    instance: endpoint.instance,
    done(result) {
      if (!open) return
      open = false
      endpoint.inFlight--
      source.report(endpoint, result)
    },
  }
}

function has(exclude: readonly string[] | ReadonlySet<string>, id: string): boolean {
  return 'has' in exclude ? exclude.has(id) : exclude.includes(id)
}
