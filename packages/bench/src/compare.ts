/** One side of a comparison: runs its work once and says how many operations that was. */
export interface Side {
  readonly name: string
  /** Does a slice of work; resolves with the number of operations done. Called once before measuring, to warm up. */
  run(): Promise<number>
}

/** What a comparison found: operations a second of each side, round by round. */
export interface Comparison {
  readonly title: string
  readonly unit: string
  readonly names: readonly string[]
  readonly perSecond: readonly (readonly number[])[]
}

/**
 * Runs the sides in turn, A B A B …, so that whatever else the machine does falls on all of them.
 *
 * @param rounds - how often each side runs; odd, for a median that was measured
 */
export async function compare(title: string, unit: string, sides: readonly Side[], rounds = 7): Promise<Comparison> {
  const perSecond: number[][] = sides.map(() => [])
  for (const side of sides) await side.run()
  for (let round = 0; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const began = performance.now()
      const operations = await side.run()
      perSecond[index]?.push((operations * 1000) / (performance.now() - began))
    }
  }
  return { title, unit, names: sides.map((side) => side.name), perSecond }
}

/** The middle of a list. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** The comparison as lines: every side's median and spread, and its ratio to the last side, the peer. */
export function report(comparison: Comparison): string {
  const peer = median(comparison.perSecond.at(-1) ?? [])
  const rows = comparison.names.map((name, index) => {
    const values = comparison.perSecond[index] ?? []
    const spread = `${format(Math.min(...values))}..${format(Math.max(...values))}`
    return `  ${name.padEnd(34)} ${format(median(values)).padStart(10)} ${comparison.unit}  (${spread})  ${(median(values) / peer).toFixed(2)} x`
  })
  return [comparison.title, ...rows].join('\n')
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
