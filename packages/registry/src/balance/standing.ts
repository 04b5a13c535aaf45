import { satisfies } from 'semver'
import type { Instance, MetadataMatch } from '../record/instance.ts'
import type { Endpoint } from '../view/endpoint.ts'

/** Which instances of a service are wanted. */
export interface InstanceFilter {
  /** A semver range: `^2`, `>=1.4 <2`. Pre-releases match only when the range names one. */
  readonly version?: string
  /** Entries that the instance's metadata must have. */
  readonly metadata?: MetadataMatch
}

/**
 * Where an instance stands with a picker:
 *
 * - `in`: picked.
 * - `in-panic`: a suspect that is picked because too few are healthy.
 * - `suspect`: held back; picked only when everything else was excluded by the caller.
 * - `unreachable`, `leaving`: out.
 * - `version`, `metadata`: not what the filter asks for.
 */
export type Standing = 'in' | 'in-panic' | 'suspect' | 'unreachable' | 'leaving' | 'version' | 'metadata'

/** The endpoints of a service, sorted by how they may be picked. */
export interface Sorted {
  /** Picked from. */
  readonly chosen: readonly Endpoint[]
  /** Suspects, for a caller that excluded all of the chosen. */
  readonly reserve: readonly Endpoint[]
  readonly standings: ReadonlyMap<Endpoint, Standing>
}

/**
 * Sorts a service's endpoints. Pure.
 *
 * Too few healthy ones (the panic rule; it counts what is neither given up nor filtered out) are joined first by those that are merely unproven,
 * as all are when a process starts to look, and only if that is not enough by those that something speaks against.
 */
export function sortEndpoints(endpoints: readonly Endpoint[], filter: InstanceFilter, panicShare: number): Sorted {
  const standings = new Map<Endpoint, Standing>()
  for (const endpoint of endpoints) standings.set(endpoint, standingOf(endpoint, filter))
  const having = (...wanted: readonly Standing[]): readonly Endpoint[] => endpoints.filter((endpoint) => wanted.includes(standings.get(endpoint) ?? 'leaving'))
  const needed = panicShare * having('in', 'suspect').length
  const join = (joins: (endpoint: Endpoint) => boolean): void => {
    if (having('in', 'in-panic').length >= needed) return
    for (const endpoint of having('suspect')) if (joins(endpoint)) standings.set(endpoint, 'in-panic')
  }
  join((endpoint) => endpoint.cause === 'unproven')
  join(() => true)
  return { chosen: having('in', 'in-panic'), reserve: having('suspect'), standings }
}

function standingOf(endpoint: Endpoint, filter: InstanceFilter): Standing {
  const { instance, status, health } = endpoint
  if (filter.version !== undefined && !satisfies(instance.version, filter.version)) return 'version'
  if (filter.metadata !== undefined && !hasMetadata(instance, filter.metadata)) return 'metadata'
  if (status !== 'up') return 'leaving'
  return health === 'healthy' ? 'in' : health
}

function hasMetadata(instance: Instance, wanted: MetadataMatch): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(instance.metadata, key) && instance.metadata[key] === value)
}
