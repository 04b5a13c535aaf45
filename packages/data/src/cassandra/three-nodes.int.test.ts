import { HanseError, systemClock } from '@hanse/core'
import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../database.ts'
import { increment } from '../query/changes.ts'
import { table } from '../schema/table.ts'
import { cassandra } from './index.ts'

const { cassandra: server } = inject('engines')

const notes = table('notes', { fields: { id: 'int', text: 'text' }, key: ['id'] })
const tallies = table('tallies', { fields: { id: 'int', count: 'counter' }, key: ['id'] })
const chains = table('chains', { fields: { id: 'int', version: 'int', note: 'text' }, key: ['id'], conditional: true })

describe.skipIf(server === undefined)('three nodes of Cassandra, one killed and one frozen (needs cassandra)', () => {
  let infra: Infra
  beforeAll(async () => {
    infra = await startInfra({ engines: ['cassandra'], nodes: 3 })
  })
  afterAll(() => infra.close())

  const open = () => {
    const endpoint = infra.cassandra
    if (endpoint === undefined) throw new Error('it was started')
    const speculativeExecution = { delayMs: 50, maxExecutions: 2 }
    const engine = cassandra({ ...endpoint, keyspace: 'drill', replication: { datacenter1: 3 }, speculativeExecution })
    return createDatabase({ engine, tables: { notes, chains, tallies }, schema: 'create' })
  }

  it(
    'loses no acknowledged write, applies no conditional write and no count twice, and goes on reading (seed-requirements 74 and 97)',
    { timeout: 180_000 },
    async () => {
      await using db = open()
      await db.start()
      const acknowledged = new Set<number>()
      const steps = new Map<number, number>()
      const faults: string[] = []
      let over = false
      let next = 0

      const write = async (): Promise<void> => {
        while (!over) {
          const id = next++
          if ((await tried(async () => db.notes.insert({ id, text: `note ${id}` }).then(() => true))) === true) acknowledged.add(id)
        }
      }
      // What must not be repeated: a node that is gone or slow makes nothing count twice.
      const tally = { asked: 0, acknowledged: 0 }
      const count = async (): Promise<void> => {
        while (!over) {
          tally.asked++
          if (
            (await tried(async () =>
              db.tallies
                .update({ id: 1 })
                .set({ count: increment() })
                .then(() => true),
            )) === true
          )
            tally.acknowledged++
        }
      }
      // One writer a chain: what it was told and what the row says must agree at every step.
      const advance = async (id: number): Promise<void> => {
        let version = 0
        while ((await tried(async () => db.chains.insertIfAbsent({ id, version }))) === undefined) await systemClock.sleep(20)
        while (!over) {
          const change = { version: version + 1, note: `step ${version + 1}` }
          const answer = await tried(async () => db.chains.update({ id }).set(change).if({ version }))
          const seen = answer?.applied === true ? version + 1 : await versionOf(id)
          if (seen !== version && seen !== version + 1) faults.push(`chain ${id} went from ${version} to ${seen}`)
          if (answer?.applied === false && seen === version) faults.push(`chain ${id} was refused at ${version}, where it stands`)
          version = seen
          steps.set(id, version)
        }
      }
      const versionOf = async (id: number): Promise<number> => {
        for (;;) {
          const row = await tried(async () => db.chains.get({ id }))
          if (row !== undefined) return row.version ?? 0
        }
      }
      const read = async (): Promise<void> => {
        while (!over) {
          const [id] = acknowledged
          const row = id === undefined ? undefined : await tried(async () => db.notes.get({ id }))
          if (id !== undefined && row === undefined) faults.push(`note ${id} could not be read`)
          await systemClock.sleep(20)
        }
      }
      const work = [...Array.from({ length: 4 }, write), ...[1, 2, 3, 4].map(advance), read(), count(), count()]
      const disturb = async (): Promise<void> => {
        await systemClock.sleep(1_500)
        await infra.node('cassandra-2').kill()
        await systemClock.sleep(2_000)
        await infra.node('cassandra-2').start()
        await infra.node('cassandra-3').stop()
        await systemClock.sleep(4_000)
        await infra.node('cassandra-3').continue()
        await systemClock.sleep(1_500)
        over = true
      }
      await Promise.all([...work, disturb()])

      expect(acknowledged.size).toBeGreaterThan(100)
      for (const id of acknowledged) expect((await db.notes.get({ id }))?.text).toBe(`note ${id}`)
      for (const [id, version] of steps) expect(await versionOf(id)).toBe(version)
      const counted = Number((await db.tallies.get({ id: 1 }))?.count)
      expect(counted).toBeGreaterThanOrEqual(tally.acknowledged)
      expect(counted).toBeLessThanOrEqual(tally.asked)
      expect(faults).toEqual([])
    },
  )
})

/** A call may fail while a node goes; it must say that it can be tried again. */
async function tried<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (HanseError.isInstance(error) && error.code === 'ENGINE_FAILED' && error.retryable) return undefined
    throw error
  }
}
