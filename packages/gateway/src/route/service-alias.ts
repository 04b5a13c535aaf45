import { invalidArgument } from '@hanse/core'
import { parsePattern } from './pattern.ts'

/** Services that are also reached under their own name: `/api/user-service/users/7` is then another spelling of `/api/users/7`. */
export interface ServiceAliases {
  /**
   * What stands before the service's name, and before the rest once the name is taken out.
   * @defaultValue '/api'
   */
  readonly prefix?: string
  /** The services that opted in. */
  readonly services: readonly string[]
}

/** A path without its service name. */
interface CanonicalPath {
  readonly path: string
  /** The service that the path named; only a route of this service may answer. */
  readonly service: string | undefined
}

/** Finds the canonical spelling of a path. Pure. */
export type Canonicalise = (path: string) => CanonicalPath

/**
 * Makes the function that takes a service's name out of a path, before any route is matched:
 * so the long form meets the very route, and with it the very guards, of the short one, and opens nothing by itself.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function createCanonicaliser(aliases: ServiceAliases | undefined): Canonicalise {
  if (aliases === undefined) return (path) => ({ path, service: undefined })
  const { prefix = '/api', services } = aliases
  if (prefix.endsWith('/') || parsePattern(prefix).some(({ kind }) => kind !== 'fixed')) {
    throw invalidArgument("option 'prefix' of serviceAliases", "fixed segments without a slash at the end, like '/api'", prefix)
  }
  const names = new Set(services)
  const start = prefix.length + 1
  return (path) => {
    if (!path.startsWith(`${prefix}/`)) return { path, service: undefined }
    const slash = path.indexOf('/', start)
    const name = slash === -1 ? path.slice(start) : path.slice(start, slash)
    if (!names.has(name)) return { path, service: undefined }
    return { path: `${prefix}${slash === -1 ? '' : path.slice(slash)}`, service: name }
  }
}
