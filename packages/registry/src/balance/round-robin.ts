import type { Endpoint } from '../view/endpoint.ts'
import type { Chooser } from './strategy.ts'

/** Where a rotation stands; it outlives the lists it walks, so that a change of the list does not start it over. */
export interface Rotation {
  next: number
}

/** Walks the list round and round. */
export function roundRobin(endpoints: readonly Endpoint[], rotation: Rotation): Chooser {
  const { length } = endpoints
  return () => {
    const index = rotation.next % length
    rotation.next = index + 1
    return endpoints[index] as Endpoint
  }
}
