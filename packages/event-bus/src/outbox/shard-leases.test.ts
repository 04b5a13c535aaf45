import { generateId, silentLogger } from '@hanse/core'
import { createDatabase, sqlite } from '@hanse/data'
import { afterEach, describe, expect, it } from 'vitest'
import { outboxTables, shardCount } from './outbox-tables.ts'
import { beatsUntilDead, createShardLeases } from './shard-leases.ts'
import type { ShardLeases } from './shard-leases.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function open(): () => ShardLeases {
  const store = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: outboxTables })
  closers.push(() => store.close())
  return () => createShardLeases({ store, generateId, logger: silentLogger, drain: async () => undefined })
}
const sizes = (...relays: readonly ShardLeases[]): number[] => relays.map((relay) => relay.held.size)

describe('createShardLeases', () => {
  it('gives a lone relay everything, and half of it to a second one', async () => {
    const relay = open()
    const [one, two] = [relay(), relay()]
    await one.beat()
    expect(sizes(one, two)).toEqual([shardCount, 0])
    await two.beat()
    await one.beat()
    await two.beat()
    expect(sizes(one, two)).toEqual([shardCount / 2, shardCount / 2])
    expect(new Set([...one.held.keys(), ...two.held.keys()]).size).toBe(shardCount)
  })

  it('takes over from a silent relay after a few beats, and the silent one finds out before it publishes', async () => {
    const relay = open()
    const [silent, other] = [relay(), relay()]
    await silent.beat()
    const [stale] = silent.held.values()
    for (let beat = 0; beat < beatsUntilDead; beat++) await other.beat()
    expect(other.held.size).toBe(0)
    await other.beat()
    expect(other.held.size).toBe(shardCount)
    expect(stale === undefined ? undefined : await silent.confirm(stale)).toBe(false)
    const [fresh] = other.held.values()
    expect(fresh === undefined ? undefined : await other.confirm(fresh)).toBe(true)
    expect(fresh?.epoch).toBe((stale?.epoch ?? 0) + 1)
  })

  it('gives everything back on release, for others to take at once', async () => {
    const relay = open()
    const [one, two] = [relay(), relay()]
    await one.beat()
    await one.release()
    await two.beat()
    expect(sizes(one, two)).toEqual([0, shardCount])
  })
})
