/** A source of numbers in [0, 1). The only source of chance in every Hanse package. */
export type Random = () => number

/** The chance of this machine. Not for secrets. */
export const systemRandom: Random = () => Math.random()

/**
 * A repeatable source: the same seed gives the same numbers on every machine.
 * The generator is mulberry32 (32 bits of state): good for simulation and sampling, not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
