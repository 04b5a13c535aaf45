/** What one slice of work was, for a side that takes its own time, such as that of another process. */
export interface Measured {
  readonly operations: number
  /** Milliseconds that the operations took. */
  readonly ms: number
}

/** One side of a comparison. */
export interface Side {
  readonly name: string
  /**
   * Does a slice of work. Resolves with the number of operations, timed from outside, or with what was measured inside.
   * Called once before measuring, to warm up.
   */
  run(): Promise<number | Measured>
}

/** What a comparison found: operations a second of each side, round by round. */
export interface Comparison {
  readonly title: string
  readonly unit: string
  readonly names: readonly string[]
  readonly perSecond: readonly (readonly number[])[]
  /** Facts beside the speeds, such as recall or numbers of hits: one line each. */
  readonly notes?: readonly string[]
}

/**
 * Runs the sides in turn, A B A B …, so that whatever else the machine does falls on all of them. The last side is the peer.
 *
 * @param rounds - how often each side runs; odd, for a median that was measured
 */
export async function compare(title: string, unit: string, sides: readonly Side[], rounds = 7): Promise<Comparison> {
  const perSecond: number[][] = sides.map(() => [])
  for (const side of sides) await side.run()
  for (let round = 0; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const began = performance.now()
      const result = await side.run()
      const { operations, ms } = typeof result === 'number' ? { operations: result, ms: performance.now() - began } : result
      perSecond[index]?.push((operations * 1000) / ms)
    }
  }
  return { title, unit, names: sides.map((side) => side.name), perSecond }
}

/** The middle of a list. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/**
 * The comparison as lines: every side's median and spread, and its ratio to the last side, the peer.
 * The ratio is the median of the ratios of each round, because sides of one round met the same machine.
 */
export function report(comparison: Comparison): string {
  const peer = comparison.perSecond.at(-1) ?? []
  const rows = comparison.names.map((name, index) => {
    const values = comparison.perSecond[index] ?? []
    const spread = `${format(Math.min(...values))}..${format(Math.max(...values))}`
    const ratio = median(values.map((value, round) => value / (peer[round] ?? Number.NaN)))
    return `  ${name.padEnd(44)} ${format(median(values)).padStart(10)} ${comparison.unit}  (${spread})  ${format(ratio)} x`
  })
  const notes = (comparison.notes ?? []).map((note) => `  ${note}`)
  return [comparison.title, ...rows, ...notes].join('\n')
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
