import { describe, expect, it } from 'vitest'
import type { VectorSpec } from '../vector/vector-index.ts'
import { elasticsearch } from './elasticsearch-engine.ts'
import { startStandIn, versionAnswer } from './stand-in-server.fixture.ts'
import type { AskedRequest, StandInAnswer } from './stand-in-server.fixture.ts'

const spec: VectorSpec = { name: 'v', dimensions: 2, metric: 'cosine', model: 'm', attributes: [] }
const hits = (count: number): StandInAnswer => ({
  body: { hits: { hits: Array.from({ length: count }, (_, i) => ({ _score: 1 - i / 100, fields: { id: [`d${i}`] } })) } },
})

/** A graph that gives two hits at first, although `passing` documents pass the filter. */
function poorGraph(passing: number) {
  let searches = 0
  return ({ path }: AskedRequest): StandInAnswer => {
    if (path.startsWith('/_nodes')) return versionAnswer('8.19.21')
    if (path.endsWith('/_mapping')) return { body: { 'hanse-vector-v.1': { mappings: { _meta: { hanse: JSON.stringify(spec) }, properties: {} } } } }
    if (path.endsWith('/_count')) return { body: { count: passing } }
    return hits(++searches === 1 ? Math.min(2, passing) : passing)
  }
}

async function ask(passing: number): Promise<{ readonly found: number; readonly asked: readonly AskedRequest[] }> {
  await using server = await startStandIn(poorGraph(passing))
  await using engine = elasticsearch({ node: server.node })
  const query = { vector: Float32Array.of(1, 0), limit: 10, filter: { kind: 'all', of: [] }, excludeIds: [] } as const
  const found = await engine.vectors.search('v', query)
  return { found: found.length, asked: server.asked.filter(({ path }) => /_search|_count/.test(path)) }
}

describe('a search for vectors', () => {
  it('asks for every document that passes when the graph gave fewer hits than there are', async () => {
    const { found, asked } = await ask(7)
    expect(found).toBe(7)
    expect(asked.map(({ path }) => path.split('/').at(-1))).toEqual(['_search', '_count', '_search'])
    expect(JSON.parse(asked[2]?.body ?? '')).toMatchObject({ knn: { k: 7 } })
  })

  it('is content when no more pass', async () => {
    const { found, asked } = await ask(2)
    expect([found, asked.length]).toEqual([2, 2])
  })
})
