/** A slot and the inner product of its vector with the query. */
export interface Scored {
  readonly slot: number
  readonly product: number
}

/** Keeps the `limit` best of what it is shown, in order: greatest product first, equals by `tie`. */
export class BestScored {
  readonly #limit: number
  readonly #tie: (a: number, b: number) => number
  readonly sorted: Scored[] = []

  constructor(limit: number, tie: (a: number, b: number) => number) {
    this.#limit = limit
    this.#tie = tie
  }

  /** Whether a product may be among the best; cheap, for most are not. */
  admits(product: number): boolean {
    return this.sorted.length < this.#limit || product >= (this.sorted.at(-1)?.product ?? Infinity)
  }

  /** Takes one in at its place. */
  add(scored: Scored): void {
    let low = 0
    let high = this.sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.sorted[middle]
      if (there === undefined || this.#precedes(scored, there)) high = middle
      else low = middle + 1
    }
    this.sorted.splice(low, 0, scored)
    if (this.sorted.length > this.#limit) this.sorted.pop()
  }

  #precedes(a: Scored, b: Scored): boolean {
    return a.product === b.product ? this.#tie(a.slot, b.slot) < 0 : a.product > b.product
  }
}
