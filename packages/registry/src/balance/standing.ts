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

/** Sorts a service's endpoints. Pure; the panic rule counts what is neither given up nor filtered out. */
export function sortEndpoints(endpoints: readonly Endpoint[], filter: InstanceFilter, panicShare: number): Sorted {
  const standings = new Map<Endpoint, Standing>()
  for (const endpoint of endpoints) standings.set(endpoint, standingOf(endpoint, filter))
  const healthy = endpoints.filter((endpoint) => standings.get(endpoint) === 'in')
  const suspects = endpoints.filter((endpoint) => standings.get(endpoint) === 'suspect')
  if (suspects.length === 0 || healthy.length >= panicShare * (healthy.length + suspects.length)) return { chosen: healthy, reserve: suspects, standings }
  for (const suspect of suspects) standings.set(suspect, 'in-panic')
  return { chosen: endpoints.filter((endpoint) => (standings.get(endpoint) ?? '').startsWith('in')), reserve: [], standings }
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
