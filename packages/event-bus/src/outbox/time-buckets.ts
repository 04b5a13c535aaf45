import type { Clock } from '@hanse/core'
import { bucketMs, bucketOf, shardCount } from './outbox-tables.ts'
import type { OutboxStore } from './shard-leases.ts'

/** How often the marks of the current buckets are written anew, in milliseconds. */
export const remarkEveryMs = bucketMs / 5

/** Keeps a mark for every bucket before anything is written into it, so that relays find all buckets without trusting clocks. */
export interface TimeBuckets {
  /** Marks the current bucket and the next one, in every share. */
  mark(): Promise<void>
  /** The bucket to write into now: the current one, or after a long sleep the last one that is marked. */
  current(): number
}

/** Makes {@link TimeBuckets}. */
export function createTimeBuckets(store: OutboxStore, clock: Clock): TimeBuckets {
  let lastMarked = 0
  return {
    async mark() {
      const now = bucketOf(clock.now())
      const shards = Array.from({ length: shardCount }, (_, shard) => shard)
      await Promise.all(
        shards.map((shard) =>
          store.atomically([store.buckets.insert({ shard, bucket: now, marked: true }), store.buckets.insert({ shard, bucket: now + 1, marked: true })]),
        ),
      )
      lastMarked = Math.max(lastMarked, now + 1)
    },
    current: () => Math.min(bucketOf(clock.now()), lastMarked),
  }
}
