import { HanseError } from '@hanse/core'

/**
 * The codes that `@hanse/registry` adds to those of `@hanse/core`:
 *
 * - `REGISTRY_SERVICE_UNKNOWN`: no instance of that name has been seen; a wrong name, or nothing has registered yet.
 * - `REGISTRY_NO_HEALTHY_INSTANCE`: the service is known, but nothing of it may be picked now; `details.standings` counts why.
 * - `REGISTRY_ADDRESS_REFUSED`: an address breaks the rules of this registry (networks, hosts, ports, loopback, link-local).
 * - `REGISTRY_STORE_UNAVAILABLE`: the store did not answer the first read or the first write; the cause is the store's error.
 */
export const registryErrorCodes = [
  'REGISTRY_SERVICE_UNKNOWN',
  'REGISTRY_NO_HEALTHY_INSTANCE',
  'REGISTRY_ADDRESS_REFUSED',
  'REGISTRY_STORE_UNAVAILABLE',
] as const

/** One of {@link registryErrorCodes}. */
export type RegistryErrorCode = (typeof registryErrorCodes)[number]

/** The error of a name that nobody has registered. */
export function serviceUnknown(service: string, known: readonly string[]): HanseError<RegistryErrorCode> {
  const others = known.length === 0 ? 'nothing is registered' : `registered are ${known.slice(0, 10).join(', ')}`
  return new HanseError(`service '${service}' is not known to the registry; ${others}. Check the name, or start an instance of it.`, {
    code: 'REGISTRY_SERVICE_UNKNOWN',
    details: { service },
  })
}

/** The error of a service without an instance to pick. */
export function noHealthyInstance(service: string, standings: Readonly<Record<string, number>>): HanseError<RegistryErrorCode> {
  const counts = Object.entries(standings).map(([standing, count]) => `${count} ${standing}`)
  const seen = counts.length === 0 ? 'it has no instance now' : `its instances: ${counts.join(', ')}`
  return new HanseError(`service '${service}' has no instance that may be picked; ${seen}. Ask explain() for each one's reason, or try again later.`, {
    code: 'REGISTRY_NO_HEALTHY_INSTANCE',
    retryable: true,
    details: { service, standings },
  })
}

/** The error of a store that fails before anything is known. */
export function storeUnavailable(action: string, cause: unknown): HanseError<RegistryErrorCode> {
  return new HanseError(`the registry's store failed to ${action}. See the cause; the same call may succeed when the store answers again.`, {
    code: 'REGISTRY_STORE_UNAVAILABLE',
    retryable: true,
    cause,
  })
}

/** The error of an address that the rules forbid. */
export function addressRefused(url: string, problem: string): HanseError<RegistryErrorCode> {
  return new HanseError(`address '${url}' is refused: ${problem}.`, { code: 'REGISTRY_ADDRESS_REFUSED', details: { url, problem } })
}
