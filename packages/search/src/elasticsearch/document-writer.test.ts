import { systemClock } from '@hanse/core'
import { describe, expect, it } from 'vitest'
import type { EngineWrite } from '../text/search-engine.ts'
import { elasticsearch } from './elasticsearch-engine.ts'
import type { ElasticsearchOptions } from './elasticsearch-options.ts'
import { startStandIn, versionAnswer } from './stand-in-server.fixture.ts'
import type { AskedRequest, StandInAnswer } from './stand-in-server.fixture.ts'

// Pauses are written down and not taken.
const slept: number[] = []
const clock = { ...systemClock, sleep: async (ms: number) => void slept.push(ms) }

function put(id: string, size = 10): EngineWrite {
  return { kind: 'index', document: { id, tokens: new Map(), attributes: new Map(), source: 'x'.repeat(size) }, version: 1 }
}

const done = { index: { status: 201 } }
const overloaded = { index: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'queue is full' } } }

/** How many documents a bulk request has. */
function countOf({ body }: AskedRequest): number {
  return body.trim().split('\n').length / 2
}

function bulkServer(answer: (asked: AskedRequest) => StandInAnswer | Promise<StandInAnswer>) {
  return startStandIn((asked) => (asked.path.startsWith('/_nodes') ? versionAnswer('8.19.21') : answer(asked)))
}

function open(node: string, options: Partial<ElasticsearchOptions> = {}) {
  return elasticsearch({ node, clock, random: () => 1, ...options })
}

describe('bulk writes', () => {
  it('repeat only what the cluster pushes back, with growing pauses', async () => {
    slept.length = 0
    let times = 0
    await using server = await bulkServer((asked) => {
      times++
      return { body: { items: Array.from({ length: countOf(asked) }, (_, i) => (i > 0 && times < 4 ? overloaded : done)) } }
    })
    await using engine = open(server.node)
    const outcomes = await engine.write(
      'x',
      ['a', 'b', 'c', 'd', 'e'].map((id) => put(id)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'applied'))
    expect(server.asked.slice(1).map(countOf)).toEqual([5, 4, 3, 2])
    expect(slept).toEqual([50, 100, 200])
  })

  it('say what failed, and why, when the cluster pushes back for good', async () => {
    await using server = await bulkServer((asked) => ({ body: { items: Array.from({ length: countOf(asked) }, (_, i) => (i === 0 ? done : overloaded)) } }))
    await using engine = open(server.node, { pushBackRetries: 0 })
    const [first, second] = await engine.write('x', [put('a'), put('b')])
    expect([first?.status, second?.status]).toEqual(['applied', 'failed'])
    expect(second?.error).toMatchObject({ code: 'ENGINE_FAILED', retryable: true, message: expect.stringMatching(/'b' of index 'x' \(429 .*queue is full/) })
  })

  it('repeat a request that was pushed back as a whole', async () => {
    let times = 0
    await using server = await bulkServer(() =>
      ++times === 1 ? { status: 429, body: { error: { type: 'circuit_breaking_exception', reason: 'too much' }, status: 429 } } : { body: { items: [done] } },
    )
    await using engine = open(server.node)
    expect(await engine.write('x', [put('a')])).toEqual([{ id: 'a', status: 'applied' }])
  })

  it('keep the others when one document is refused', async () => {
    const refused = { index: { status: 400, error: { type: 'document_parsing_exception', reason: 'no such number' } } }
    await using server = await bulkServer(() => ({ body: { items: [done, refused, done] } }))
    await using engine = open(server.node)
    const outcomes = await engine.write(
      'x',
      ['a', 'b', 'c'].map((id) => put(id)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['applied', 'failed', 'applied'])
    expect(outcomes[1]?.error).toMatchObject({ code: 'ENGINE_FAILED', retryable: false, message: expect.stringMatching(/'b'.*no such number/) })
  })

  it('are cut at a number of bytes, and keep the order of their outcomes', async () => {
    await using server = await bulkServer((asked) => ({ body: { items: Array.from({ length: countOf(asked) }, () => done) } }))
    await using engine = open(server.node, { maxRequestBytes: 1_000 })
    const outcomes = await engine.write('x', [put('a', 300), put('b', 300), put('c', 300), put('d', 5_000), put('e', 1)])
    expect(outcomes.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(server.asked.slice(1).map(countOf)).toEqual([2, 1, 1, 1])
  })

  it('run no more at once than allowed; further ones wait', async () => {
    let running = 0
    let most = 0
    let both = (): void => undefined
    const bothRun = new Promise<void>((resolve) => {
      both = resolve
    })
    await using server = await bulkServer(async (asked) => {
      most = Math.max(most, ++running)
      if (most === 2) both()
      await bothRun
      running--
      return { body: { items: Array.from({ length: countOf(asked) }, () => done) } }
    })
    await using engine = open(server.node, { maxConcurrentWrites: 2 })
    await Promise.all(Array.from({ length: 20 }, (_, i) => engine.write('x', [put(`d${i}`)])))
    expect([most, server.asked.length]).toEqual([2, 21])
  })

  it('that are under way end before close does, and later ones are refused', async () => {
    let answer = (): void => undefined
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    let reached = (): void => undefined
    const arrived = new Promise<void>((resolve) => {
      reached = resolve
    })
    await using server = await bulkServer(async () => {
      reached()
      await held
      return { body: { items: [done] } }
    })
    const engine = open(server.node)
    const written = engine.write('x', [put('a')])
    await arrived
    const closed = engine.close()
    await expect(engine.write('x', [put('b')])).rejects.toMatchObject({ code: 'CLOSED' })
    answer()
    expect(await written).toEqual([{ id: 'a', status: 'applied' }])
    await closed
  })

  it('that are given up by their signal reject with its reason', async () => {
    let reached = (): void => undefined
    const arrived = new Promise<void>((resolve) => {
      reached = resolve
    })
    await using server = await bulkServer(() => {
      reached()
      return new Promise(() => undefined)
    })
    await using engine = open(server.node)
    const controller = new AbortController()
    const reason = new Error('enough')
    const written = engine.write('x', [put('a')], { signal: controller.signal })
    await arrived
    controller.abort(reason)
    await expect(written).rejects.toBe(reason)
  })
})

describe('searches', () => {
  const found = { timed_out: false, _shards: { failed: 0 }, hits: { total: { value: 0, relation: 'eq' }, hits: [] } }
  const query = { filter: { kind: 'all', of: [] }, sort: [], limit: 1, facets: [] } as const
  const spec = { name: 'x', texts: [], attributes: [] }

  it.each([
    ['shards are lost', { ...found, _shards: { failed: 1 } }],
    ['the time is up', { ...found, timed_out: true }],
  ])('say that they are partial when %s (seed-requirement 114)', async (_, body) => {
    const mapping = { body: { 'hanse-text-x.1': { mappings: { _meta: { hanse: JSON.stringify(spec) }, properties: {} } } } }
    await using server = await bulkServer(({ path }) => (path.endsWith('/_mapping') ? mapping : { body }))
    await using engine = open(server.node)
    expect(await engine.search('x', query)).toMatchObject({ partial: true })
  })
})
