import type { Clock } from '@hanse/core'
import type { Database } from '@hanse/data'
import { noStock, release, reserve, restock, sell } from './counts.ts'
import type { Counts, ReservationState } from './counts.ts'
import type { StockAnnouncer } from './stock-announcer.ts'
import type { stock } from './tables.ts'

/** One line of an order. */
export interface StockLine {
  readonly productId: string
  readonly quantity: number
}

/** Holds, releases and sells stock. Every operation may be repeated; a repeat changes nothing. */
export interface StockKeeper {
  countsOf(productId: string): Promise<Counts>
  /** `undefined` when less than what is held or sold already. */
  setStock(productId: string, stocked: number): Promise<Counts | undefined>
  /** Makes the first stock of a new product; changes nothing when there is stock already. */
  introduce(productId: string, stocked: number): Promise<void>
  /** Holds all lines or none; gives the product that is short. A repeat, even at the same time, gets the same decision. */
  reserve(orderId: string, lines: readonly StockLine[]): Promise<{ readonly short: string | undefined }>
  /** Gives back what an order holds; what was never held is remembered as released, so that a late reservation is refused. */
  release(orderId: string, productIds: readonly string[]): Promise<void>
  /** Turns what is held into sales; gives the product of which the order holds nothing, and nothing was sold. */
  sell(orderId: string, productIds: readonly string[]): Promise<{ readonly missing: string | undefined }>
}

/** What an operation makes of a product's counts and of the order's reservation; `undefined` leaves both alone. */
interface Change {
  readonly counts: Counts
  readonly reservation?: Reservation
  /** The change says what was stocked; any other leaves a product that was never introduced as it is. */
  readonly stocks?: true
}

interface Reservation {
  readonly quantity: number
  readonly state: ReservationState
}

/** What is there before an operation. */
interface Found {
  readonly counts: Counts
  /** `null` when the product's counts were never written. */
  readonly version: number | null
  readonly introduced: boolean
  readonly reservation: Reservation | undefined
}

/** Makes the keeper of the inventory service's stock. */
export function createStockKeeper(options: {
  readonly db: Database<{ stock: typeof stock }>
  readonly announcer: StockAnnouncer
  readonly clock: Clock
}): StockKeeper {
  const { db, announcer, clock } = options
  const turns = new Map<string, Promise<unknown>>()

  /** Operations of this process on one product wait for each other; those of other processes meet in the conditional write. */
  const inTurn = async <T>(productId: string, work: () => Promise<T>): Promise<T> => {
    const before = turns.get(productId) ?? Promise.resolve()
    const mine = before.then(work, work)
    turns.set(productId, mine)
    try {
      return await mine
    } finally {
      if (turns.get(productId) === mine) turns.delete(productId)
    }
  }

  const read = async (productId: string, orderId: string | undefined): Promise<Found> => {
    const fixed = await db.stock.getStatic({ product_id: productId })
    const row = orderId === undefined ? undefined : await db.stock.get({ product_id: productId, order_id: orderId })
    const counts =
      fixed === undefined ? noStock : { stocked: fixed.stocked ?? 0, reserved: fixed.reserved ?? 0, sold: fixed.sold ?? 0, version: fixed.version ?? 0 }
    const reservation = row === undefined ? undefined : { quantity: row.quantity ?? 0, state: row.state as ReservationState }
    return { counts, version: fixed?.version ?? null, introduced: typeof fixed?.stocked === 'number', reservation }
  }

  const write = async (productId: string, orderId: string | undefined, { version, introduced }: Found, change: Change): Promise<boolean> => {
    const { stocked, ...others } = change.counts
    const counts = db.stock
      .updateStatic({ product_id: productId })
      .set(introduced || change.stocks === true ? { stocked, ...others } : others)
      .if({ version })
    if (orderId === undefined || change.reservation === undefined) return (await counts).applied
    const reservation = db.stock.insert({ product_id: productId, order_id: orderId, ...change.reservation, changed_at: new Date(clock.now()) })
    return (await db.atomically([counts, reservation])).applied
  }

  /** Reads, decides, writes on the condition that nothing changed in between; again when something did. */
  const change = (productId: string, orderId: string | undefined, decide: (found: Found) => Change | undefined): Promise<Counts | undefined> =>
    inTurn(productId, async () => {
      for (;;) {
        const found = await read(productId, orderId)
        const decided = decide(found)
        if (decided === undefined) return undefined
        await announcer.mark(productId)
        try {
          if (await write(productId, orderId, found, decided)) return decided.counts
        } finally {
          // Also when the outcome is not known: then the others are told what is there.
          announcer.announce(productId)
        }
      }
    })

  /** A refusal is written down as a release: whoever repeats the reservation is refused, too, whatever was stocked in between. */
  const reserveOne = async (orderId: string, { productId, quantity }: StockLine): Promise<boolean> => {
    let held = true
    await change(productId, orderId, ({ counts, reservation }) => {
      const next = reserve(counts, quantity)
      held = reservation === undefined ? next !== undefined : reservation.state !== 'released'
      if (reservation !== undefined) return undefined
      return next === undefined ? { counts: release(counts, 0), reservation: nothingHeld } : { counts: next, reservation: { quantity, state: 'held' } }
    })
    return held
  }

  const releaseOne = (orderId: string, productId: string): Promise<unknown> =>
    change(productId, orderId, ({ counts, reservation }) => {
      if (reservation === undefined) return { counts: release(counts, 0), reservation: nothingHeld }
      return reservation.state === 'held'
        ? { counts: release(counts, reservation.quantity), reservation: { quantity: reservation.quantity, state: 'released' } }
        : undefined
    })

  return {
    countsOf: async (productId) => (await read(productId, undefined)).counts,
    setStock: (productId, stocked) =>
      change(productId, undefined, ({ counts }) => {
        const next = restock(counts, stocked)
        return next && { counts: next, stocks: true }
      }),
    async introduce(productId, stocked) {
      await change(productId, undefined, ({ counts, introduced }) => {
        const next = introduced ? undefined : restock(counts, stocked)
        return next && { counts: next, stocks: true }
      })
    },
    async reserve(orderId, lines) {
      for (const { productId, quantity } of lines) {
        if (await reserveOne(orderId, { productId, quantity })) continue
        // All of them: an earlier attempt may have come further than this one.
        for (const line of lines) await releaseOne(orderId, line.productId)
        return { short: productId }
      }
      return { short: undefined }
    },
    async release(orderId, productIds) {
      for (const productId of productIds) await releaseOne(orderId, productId)
    },
    async sell(orderId, productIds) {
      for (const productId of productIds) {
        let missing = false
        await change(productId, orderId, ({ counts, reservation }) => {
          missing = reservation === undefined || reservation.state === 'released'
          return reservation?.state === 'held'
            ? { counts: sell(counts, reservation.quantity), reservation: { quantity: reservation.quantity, state: 'sold' } }
            : undefined
        })
        if (missing) return { missing: productId }
      }
      return { missing: undefined }
    },
  }
}

const nothingHeld: Reservation = { quantity: 0, state: 'released' }
