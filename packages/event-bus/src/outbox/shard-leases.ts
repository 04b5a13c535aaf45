import type { AbortOptions, GenerateId, Logger } from '@hanse/core'
import type { Database } from '@hanse/data'
import { planAssignment } from '../transport/assignment-plan.ts'
import { shardCount } from './outbox-tables.ts'
import type { outboxTables } from './outbox-tables.ts'

/** The store with the outbox's own tables. */
export type OutboxStore = Database<typeof outboxTables>

/** A share that this relay holds. */
export interface HeldShard {
  readonly shard: number
  /** The fencing token. */
  readonly epoch: number
}

/** Divides the shares among the relays that are alive. */
export interface ShardLeases {
  /** What this relay holds, as far as it knows. */
  readonly held: ReadonlyMap<number, HeldShard>
  /** Beats, looks at the others, takes free shares and gives up those that the plan gives to others. Call it every {@link beatsUntilDead}th of the lease. */
  beat(options?: AbortOptions): Promise<void>
  /** Whether a share is still this relay's, as the store says now. */
  confirm(held: HeldShard, options?: AbortOptions): Promise<boolean>
  /** Gives everything back, so that others need not wait. */
  release(options?: AbortOptions): Promise<void>
}

/** A relay is dead when its beat stood still for so many beats of the observer. */
export const beatsUntilDead = 5

const room = 'outbox'
const beatTtlSeconds = 86_400

/** What {@link createShardLeases} works with. */
export interface ShardLeasesOptions {
  readonly store: OutboxStore
  readonly generateId: GenerateId
  readonly logger: Logger
  /** Waits until nothing of a share is under way. */
  readonly drain: (shard: number) => Promise<void>
}

interface StoredShard {
  readonly owner: string | undefined
  readonly epoch: number | undefined
}

/**
 * Leases without clocks: each relay counts beats in a row of its own, by plain writes; only a change of owner is a conditional write.
 */
export function createShardLeases(options: ShardLeasesOptions): ShardLeases {
  const { store, logger } = options
  const id = options.generateId()
  const held = new Map<number, HeldShard>()
  const silence = new Map<string, { readonly beat: number; readonly times: number }>()
  let beats = 0

  const aliveRelays = async (abort: AbortOptions): Promise<string[]> => {
    const rows = await store.relays.select({ room })
    abort.signal?.throwIfAborted()
    const alive = [id]
    for (const row of rows) {
      if (row.id === id) continue
      const seen = silence.get(row.id)
      const times = seen?.beat === row.beat ? seen.times + 1 : 0
      silence.set(row.id, { beat: row.beat, times })
      if (times < beatsUntilDead) alive.push(row.id)
      else if (times === beatsUntilDead) {
        logger.warn({ relay: row.id }, 'a silent relay lost its shares of the outbox')
        await store.relays.delete({ room, id: row.id })
      }
    }
    return alive
  }
  const readShards = async (): Promise<Map<number, StoredShard>> => {
    const rows = await store.shards.select({ room })
    return new Map(rows.map((row) => [row.shard, { owner: row.owner ?? undefined, epoch: row.epoch }]))
  }
  const take = async (shard: number, { owner, epoch }: StoredShard): Promise<void> => {
    const next = (epoch ?? 0) + 1
    const result =
      epoch === undefined
        ? await store.shards.insertIfAbsent({ room, shard, owner: id, epoch: next })
        : await store.shards
            .update({ room, shard })
            .set({ owner: id, epoch: next })
            .if({ owner: owner ?? null, epoch })
    if (result.applied) held.set(shard, { shard, epoch: next })
  }
  const giveUp = async ({ shard, epoch }: HeldShard): Promise<void> => {
    held.delete(shard)
    await options.drain(shard)
    await store.shards.update({ room, shard }).set({ owner: null }).if({ owner: id, epoch })
  }

  return {
    held,
    async beat(abort = {}) {
      await store.relays.insert({ room, id, beat: ++beats }, { ttlSeconds: beatTtlSeconds, ...abort })
      const alive = await aliveRelays(abort)
      const stored = await readShards()
      for (const { shard, epoch } of held.values()) {
        const now = stored.get(shard)
        if (now?.owner !== id || now.epoch !== epoch) held.delete(shard)
      }
      const shards = Array.from({ length: shardCount }, (_, shard) => ({ partition: shard, owner: stored.get(shard)?.owner }))
      for (const [shard, target] of planAssignment(shards, alive)) {
        abort.signal?.throwIfAborted()
        const mine = held.get(shard)
        const now = stored.get(shard) ?? { owner: undefined, epoch: undefined }
        if (target !== id) {
          // By the store, not by memory: a release that failed half-way is made good here.
          if (now.owner === id && now.epoch !== undefined) await giveUp({ shard, epoch: now.epoch })
        } else if (mine === undefined && (now.owner === undefined || now.owner === id || !alive.includes(now.owner))) {
          await take(shard, now)
        }
      }
    },
    async confirm({ shard, epoch }) {
      const row = await store.shards.get({ room, shard })
      const mine = row?.owner === id && row.epoch === epoch
      if (!mine) held.delete(shard)
      return mine
    },
    async release() {
      await Promise.all([...held.values()].map(giveUp))
      await store.relays.delete({ room, id })
    },
  }
}
