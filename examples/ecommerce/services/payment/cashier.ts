import type { Clock, GenerateId } from '@hanse/core'
import type { Database, Row } from '@hanse/data'
import { behaviourOf } from './behaviour.ts'
import type { attempts, charges } from './tables.ts'

/** A charge that is asked for; its key makes it happen once. */
export interface ChargeRequest {
  readonly key: string
  readonly orderId: string
  readonly token: string
  readonly amount: string
  readonly currency: string
}

/** What came of it. `lost`: charged, but the answer goes missing; `reused`: the key belongs to another charge. */
export type ChargeOutcome =
  | { readonly kind: 'charged'; readonly receipt: string }
  | { readonly kind: 'declined'; readonly reason: string }
  | { readonly kind: 'reused' }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'lost' }

/** Charges and remembers. */
export interface Cashier {
  /** The same key gives the first outcome again, and never charges twice; for another order or amount it is refused. */
  charge(request: ChargeRequest, signal: AbortSignal): Promise<ChargeOutcome>
}

/** Makes the cashier of the payment service. */
export function createCashier(options: {
  readonly db: Database<{ charges: typeof charges; attempts: typeof attempts }>
  readonly clock: Clock
  readonly generateId: GenerateId
}): Cashier {
  const { db, clock, generateId } = options

  const countAttempt = async (key: string): Promise<number> => {
    for (;;) {
      const before = await db.attempts.get({ key })
      const count = (before?.count ?? 0) + 1
      const { applied } =
        before === undefined ? await db.attempts.insertIfAbsent({ key, count }) : await db.attempts.update({ key }).set({ count }).if({ count: before.count })
      if (applied) return count
    }
  }
  const record = async (request: ChargeRequest, status: 'charged' | 'declined', reason: string): Promise<ChargeOutcome> => {
    const row = {
      key: request.key,
      order_id: request.orderId,
      status,
      amount: request.amount,
      currency: request.currency,
      receipt: generateId(),
      note: reason,
      created_at: new Date(clock.now()),
    }
    const written = await db.charges.insertIfAbsent(row)
    return written.applied ? toOutcome(row) : outcomeFor(request, written.current)
  }
  return {
    async charge(request, signal) {
      const before = await db.charges.get({ key: request.key })
      if (before !== undefined) return outcomeFor(request, before)
      const behaviour = behaviourOf(request.token, await countAttempt(request.key))
      if (behaviour.kind === 'unavailable') return { kind: 'unavailable' }
      if (behaviour.kind === 'decline') return record(request, 'declined', behaviour.reason)
      if (behaviour.delayMs > 0) await clock.sleep(behaviour.delayMs, { signal })
      const outcome = await record(request, 'charged', request.token)
      return behaviour.loseAnswer ? { kind: 'lost' } : outcome
    },
  }
}

/** What is on record under the key, when it is for the same charge. The token is not compared: a declined one is not kept. */
function outcomeFor(request: ChargeRequest, row: Row<typeof charges>): ChargeOutcome {
  const same = row.order_id === request.orderId && row.currency === request.currency && canonical(row.amount) === canonical(request.amount)
  return same ? toOutcome(row) : { kind: 'reused' }
}

/** `19.90` and `19.9` are one amount. */
function canonical(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
}

function toOutcome(row: Pick<Row<typeof charges>, 'status' | 'receipt' | 'note'>): ChargeOutcome {
  return row.status === 'charged' ? { kind: 'charged', receipt: row.receipt } : { kind: 'declined', reason: row.note }
}
