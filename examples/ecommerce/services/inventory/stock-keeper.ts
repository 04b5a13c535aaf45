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
  /** Holds all lines or none; gives the product that is short. */
  reserve(orderId: string, lines: readonly StockLine[]): Promise<{ readonly short: string | undefined }>
  /** Gives back what an order holds; what was never held is remembered as released, so that a late reservation is refused. */
  release(orderId: string, productIds: readonly string[]): Promise<void>
  sell(orderId: string, productIds: readonly string[]): Promise<void>
}

/** What an operation makes of a product's counts and of the order's reservation; `undefined` leaves both alone. */
interface Change {
  readonly counts: Counts
  readonly reservation?: { readonly quantity: number; readonly state: ReservationState }
}

interface Reservation {
  readonly quantity: number
  readonly state: ReservationState
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

  const read = async (
    productId: string,
    orderId: string | undefined,
  ): Promise<{ counts: Counts; version: number | null; reservation: Reservation | undefined }> => {
    const fixed = await db.stock.getStatic({ product_id: productId })
    const row = orderId === undefined ? undefined : await db.stock.get({ product_id: productId, order_id: orderId })
    const counts =
      fixed === undefined ? noStock : { stocked: fixed.stocked ?? 0, reserved: fixed.reserved ?? 0, sold: fixed.sold ?? 0, version: fixed.version ?? 0 }
    const reservation = row === undefined ? undefined : { quantity: row.quantity ?? 0, state: row.state as ReservationState }
    return { counts, version: fixed?.version ?? null, reservation }
  }

  const write = async (productId: string, orderId: string | undefined, version: number | null, change: Change): Promise<boolean> => {
    const counts = db.stock
      .updateStatic({ product_id: productId })
      .set({ ...change.counts })
      .if({ version })
    if (orderId === undefined || change.reservation === undefined) return (await counts).applied
    const reservation = db.stock.insert({ product_id: productId, order_id: orderId, ...change.reservation, changed_at: new Date(clock.now()) })
    return (await db.atomically([counts, reservation])).applied
  }

  /** Reads, decides, writes on the condition that nothing changed in between; again when something did. */
  const change = (
    productId: string,
    orderId: string | undefined,
    decide: (counts: Counts, reservation: Reservation | undefined) => Change | undefined,
  ): Promise<Counts | undefined> =>
    inTurn(productId, async () => {
      for (;;) {
        const { counts, version, reservation } = await read(productId, orderId)
        const decided = decide(counts, reservation)
        if (decided === undefined) return undefined
        await announcer.mark(productId)
        if (!(await write(productId, orderId, version, decided))) continue
        announcer.announce(productId)
        return decided.counts
      }
    })

  const reserveOne = async (orderId: string, { productId, quantity }: StockLine): Promise<boolean> => {
    let held = true
    await change(productId, orderId, (counts, reservation) => {
      held = reservation === undefined ? reserve(counts, quantity) !== undefined : reservation.state !== 'released'
      const next = reservation === undefined ? reserve(counts, quantity) : undefined
      return next && { counts: next, reservation: { quantity, state: 'held' } }
    })
    return held
  }

  const releaseOne = (orderId: string, productId: string): Promise<unknown> =>
    change(productId, orderId, (counts, reservation) => {
      if (reservation === undefined) return { counts: release(counts, 0), reservation: { quantity: 0, state: 'released' } }
      return reservation.state === 'held'
        ? { counts: release(counts, reservation.quantity), reservation: { quantity: reservation.quantity, state: 'released' } }
        : undefined
    })

  return {
    countsOf: async (productId) => (await read(productId, undefined)).counts,
    setStock: (productId, stocked) =>
      change(productId, undefined, (counts) => {
        const next = restock(counts, stocked)
        return next && { counts: next }
      }),
    async introduce(productId, stocked) {
      await change(productId, undefined, (counts) => {
        const next = counts.version === 0 ? restock(counts, stocked) : undefined
        return next && { counts: next }
      })
    },
    async reserve(orderId, lines) {
      for (const [index, line] of lines.entries()) {
        if (await reserveOne(orderId, line)) continue
        for (const held of lines.slice(0, index)) await releaseOne(orderId, held.productId)
        return { short: line.productId }
      }
      return { short: undefined }
    },
    async release(orderId, productIds) {
      for (const productId of productIds) await releaseOne(orderId, productId)
    },
    async sell(orderId, productIds) {
      for (const productId of productIds) {
        await change(productId, orderId, (counts, reservation) =>
          reservation?.state === 'held'
            ? { counts: sell(counts, reservation.quantity), reservation: { quantity: reservation.quantity, state: 'sold' } }
            : undefined,
        )
      }
    },
  }
}
