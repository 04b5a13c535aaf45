import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HanseError, systemClock } from '@hanse/core'
import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSearch, defineIndex, number, text } from '../index.ts'
import { elasticsearch } from './elasticsearch-engine.ts'

const { elasticsearch: server } = inject('engines')
const notes = defineIndex('notes', { id: 'id', fields: { title: text(), place: number() } })

describe.skipIf(server === undefined)('a server of Elasticsearch that is killed and started again (needs elasticsearch)', () => {
  let directory: string
  let infra: Infra
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hanse-restart-'))
    infra = await startInfra({ engines: ['elasticsearch'], directory })
  })
  afterAll(async () => {
    await infra.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('loses no acknowledged write, takes older versions for stale, and pages go on (seed-requirements 63, 114)', { timeout: 180_000 }, async () => {
    const engine = elasticsearch({ node: infra.elasticsearch?.node ?? '', replicas: 0, connectTimeoutMs: 1_000, requestTimeoutMs: 5_000, refresh: 'immediate' })
    await using search = createSearch({ engine, indexes: { notes } })
    await search.prepare()
    const acknowledged = new Set<string>()
    const failures: unknown[] = []
    let over = false
    let next = 0
    const write = async (): Promise<void> => {
      while (!over) {
        const place = next++
        try {
          await search.notes.index({ id: `n${place}`, title: `note ${place}`, place }, { version: 2 })
          acknowledged.add(`n${place}`)
        } catch (error) {
          failures.push(error)
          await systemClock.sleep(50)
        }
      }
    }
    const writers = Array.from({ length: 4 }, write)
    while (acknowledged.size < 100) await systemClock.sleep(5)
    await engine.write('notes', [], { refresh: true })
    const first = await search.notes.search('', { sort: 'place', limit: 10 })
    const second = await search.notes.search('', { sort: 'place', limit: 10, cursor: first.next })
    const node = infra.node('elasticsearch-1')
    await node.kill()
    while (failures.length < 4) await systemClock.sleep(5)
    await node.start()
    const before = acknowledged.size
    while (acknowledged.size < before + 100) await systemClock.sleep(5)
    over = true
    await Promise.all(writers)
    await search.notes.index({ id: 'last', title: 'last', place: -1 }, { refresh: true })
    const found = await engine.read('notes', [...acknowledged])
    expect(found.filter((one) => one === undefined)).toEqual([])
    expect(failures.every((error) => HanseError.hasCode(error, 'ENGINE_FAILED', 'WRITE_FAILED') && error.retryable)).toBe(true)
    expect(await search.notes.index({ id: 'n0', title: 'older', place: 0 }, { version: 1 })).toBe('stale')
    const third = await search.notes.search('', { sort: 'place', limit: 10, cursor: second.next })
    expect(third.hits).toHaveLength(10)
    expect(third.hits.map(({ document }) => document.place)).toEqual(await placesBehind(search.notes, second.hits.at(-1)?.document.place ?? 0))
  })
})

async function placesBehind(
  index: {
    search(
      text: string,
      options: { sort: 'place'; limit: number; where: { place: { gt: number } } },
    ): Promise<{ hits: readonly { document: { place: number } }[] }>
  },
  place: number,
): Promise<number[]> {
  const { hits } = await index.search('', { sort: 'place', limit: 10, where: { place: { gt: place } } })
  return hits.map(({ document }) => document.place)
}
