import type { Random } from '@hanse/core'
import type { Endpoint } from '../view/endpoint.ts'
import type { Chooser } from './strategy.ts'

/** Draws two different endpoints and picks the one with fewer calls under way for its weight; the first drawn when they are equal. */
export function leastRequests(endpoints: readonly Endpoint[], random: Random): Chooser {
  const { length } = endpoints
  const [only] = endpoints
  if (only !== undefined && length === 1) return () => only
  return () => {
    const first = Math.floor(random() * length)
    const drawn = Math.floor(random() * (length - 1))
    const second = drawn >= first ? drawn + 1 : drawn
    const one = endpoints[first] as Endpoint
    const other = endpoints[second] as Endpoint
    return load(other) < load(one) ? other : one
  }
}

// One more than the calls under way, so that weights also steer idle instances.
function load(endpoint: Endpoint): number {
  return (endpoint.inFlight + 1) / endpoint.instance.weight
}
