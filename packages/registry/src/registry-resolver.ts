import { HanseError } from '@hanse/core'
import type { Pick, Picker, PickerOptions } from './balance/picker.ts'
import type { Registry } from './registry.ts'

/** A registry as a gateway's resolver: synchronous, from memory, and it never throws. Fits the port `Resolver` of `@hanse/gateway`. */
export interface RegistryResolver {
  /** Picks an instance; `unknown` when nobody has registered the service, `unavailable` when nothing of it can be picked now. */
  resolve(service: string, options: { readonly exclude: ReadonlySet<string> }): Pick | 'unknown' | 'unavailable'
}

/**
 * Makes a registry usable as a gateway's resolver. Start the registry first; until then every service is `unavailable`.
 *
 * @param options - the strategy and filter of every pick
 * @example
 * ```ts
 * const gateway = createGateway({ resolver: registryResolver(registry), routes })
 * ```
 */
export function registryResolver(registry: Registry, options: PickerOptions = {}): RegistryResolver {
  const pickers = new Map<string, Picker>()
  return {
    resolve(service, { exclude }) {
      try {
        const picker = pickers.get(service) ?? registry.picker(service, options)
        const pick = picker.pick(exclude.size === 0 ? undefined : { exclude })
        // Only names that exist are remembered: what callers ask for has no bound.
        pickers.set(service, picker)
        return pick
      } catch (error) {
        return HanseError.hasCode(error, 'REGISTRY_SERVICE_UNKNOWN') ? 'unknown' : unavailable(error)
      }
    },
  }
}

function unavailable(error: unknown): 'unavailable' {
  if (HanseError.hasCode(error, 'REGISTRY_NO_HEALTHY_INSTANCE', 'NOT_STARTED', 'CLOSED')) return 'unavailable'
  throw error
}
