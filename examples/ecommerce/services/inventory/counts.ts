/** The counts of one product. `stocked = available + reserved + sold`. */
export interface Counts {
  readonly stocked: number
  readonly reserved: number
  readonly sold: number
  readonly version: number
}

/** What a reservation can be. */
export type ReservationState = 'held' | 'released' | 'sold'

/** The counts before anything is stocked. */
export const noStock: Counts = { stocked: 0, reserved: 0, sold: 0, version: 0 }

/** The units that can still be reserved. */
export function available(counts: Counts): number {
  return counts.stocked - counts.reserved - counts.sold
}

/** Holds units for an order; `undefined` when there are not enough. */
export function reserve(counts: Counts, quantity: number): Counts | undefined {
  return available(counts) < quantity ? undefined : next(counts, { reserved: counts.reserved + quantity })
}

/** Gives held units back. */
export function release(counts: Counts, quantity: number): Counts {
  return next(counts, { reserved: counts.reserved - quantity })
}

/** Turns held units into sold ones. */
export function sell(counts: Counts, quantity: number): Counts {
  return next(counts, { reserved: counts.reserved - quantity, sold: counts.sold + quantity })
}

/** Sets what was stocked in all; `undefined` when less than what is held or sold already. */
export function restock(counts: Counts, stocked: number): Counts | undefined {
  return stocked < counts.reserved + counts.sold ? undefined : next(counts, { stocked })
}

function next(counts: Counts, change: Partial<Counts>): Counts {
  return { ...counts, ...change, version: counts.version + 1 }
}
