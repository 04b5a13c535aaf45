import type { Random } from '@hanse/core'
import type { Endpoint } from '../view/endpoint.ts'
import type { Chooser } from './strategy.ts'

/** Picks each endpoint with equal chance. */
export function randomChoice(endpoints: readonly Endpoint[], random: Random): Chooser {
  const { length } = endpoints
  return () => endpoints[Math.floor(random() * length)] as Endpoint
}
