import type { Random } from '@hanse/core'
import type { Endpoint } from '../view/endpoint.ts'
import type { Chooser } from './strategy.ts'

/** A table that answers a weighted draw in constant time. */
interface AliasTable {
  /** For each column, how much of it is its own. */
  readonly own: readonly number[]
  /** For each column, whom the rest belongs to. */
  readonly alias: readonly number[]
}

/** Builds the table of Vose's alias method (Vose 1991) in linear time. Weights are above 0. */
export function buildAliasTable(weights: readonly number[]): AliasTable {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const own = weights.map((weight) => (weight * weights.length) / total)
  const alias = weights.map((_, index) => index)
  const small: number[] = []
  const large: number[] = []
  for (const [index, share] of own.entries()) (share < 1 ? small : large).push(index)
  for (let poor = small.pop(), rich = large.pop(); poor !== undefined && rich !== undefined; poor = small.pop(), rich = large.pop()) {
    alias[poor] = rich
    const left = (own[rich] ?? 0) - (1 - (own[poor] ?? 0))
    own[rich] = left
    ;(left < 1 ? small : large).push(rich)
  }
  return { own, alias }
}

/** Picks each endpoint as often as its weight says. */
export function weightedChoice(endpoints: readonly Endpoint[], random: Random): Chooser {
  const { own, alias } = buildAliasTable(endpoints.map((endpoint) => endpoint.instance.weight))
  const { length } = endpoints
  return () => {
    const point = random() * length
    const column = Math.floor(point)
    const index = point - column < (own[column] ?? 1) ? column : (alias[column] ?? column)
    return endpoints[index] as Endpoint
  }
}
