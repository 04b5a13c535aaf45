import { HanseError } from '@hanse/core'
import type { Resolver } from '@hanse/gateway'
import type { Picker, Registry } from '@hanse/registry'

/** Lets the gateway find services in the registry: an in-memory pick a request, its result reported back. */
export function registryResolver(registry: Registry): Resolver {
  const pickers = new Map<string, Picker>()
  const pickerOf = (service: string): Picker => {
    let picker = pickers.get(service)
    if (picker === undefined) pickers.set(service, (picker = registry.picker(service, { strategy: 'least-requests' })))
    return picker
  }
  return {
    resolve(service, { exclude }) {
      try {
        const pick = pickerOf(service).pick({ exclude })
        return { instance: pick.instance, done: ({ ok, cancelled }) => pick.done(ok || cancelled ? { ok: true } : { ok: false, kind: 'error' }) }
      } catch (error) {
        if (HanseError.hasCode(error, 'REGISTRY_SERVICE_UNKNOWN')) return 'unknown'
        if (HanseError.hasCode(error, 'REGISTRY_NO_HEALTHY_INSTANCE', 'NOT_STARTED')) return 'unavailable'
        throw error
      }
    },
  }
}
