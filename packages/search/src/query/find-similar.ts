import { describe } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import { searchError } from '../errors.ts'
import { diversify } from '../hybrid/diversify.ts'
import { checkLimit, invalidQuery } from '../index/compile-search.ts'
import { decodeStored } from '../index/stored-document.ts'
import { combine, compileWhere } from '../index/where.ts'
import type { SimilarHit } from '../search-index.ts'
import type { VectorHit, VectorIndex } from '../vector/vector-index.ts'
import { embedQuery, requireVectors } from './query-parts.ts'
import type { QueryParts } from './query-parts.ts'
import { checkThreshold } from './run-search.ts'

/** `similar` options as they may come from a request. */
export interface LooseSimilarOptions extends AbortOptions {
  readonly to: string | { readonly text: string } | { readonly vector: Float32Array }
  readonly limit?: number
  readonly threshold?: number
  readonly diversify?: number
  readonly where?: Readonly<Record<string, unknown>>
}

const diversityWindow = 4

/** Finds the documents nearest to a document, a text or a vector. */
export async function findSimilar(parts: QueryParts, options: LooseSimilarOptions): Promise<readonly SimilarHit<object>[]> {
  const { definition } = parts.plan
  const { to, limit = 10, threshold, where, diversify: weight = 0 } = options
  const filter = combine(compileWhere(definition.name, definition.options.fields, where))
  checkThreshold(definition.name, threshold)
  checkLimit(definition.name, 'limit', limit)
  if (typeof weight !== 'number' || !(weight >= 0 && weight <= 1))
    throw invalidQuery(definition.name, `takes a number from 0 to 1 as 'diversify'; got ${describe(weight)}.`)
  const { vectors } = requireVectors(parts)
  const vector = await targetVector(parts, to, options)
  if (vector === undefined) return []
  const excludeIds = typeof to === 'string' ? [to] : []
  const nearest = await vectors.search(
    definition.name,
    { vector, limit: weight === 0 ? limit : limit * diversityWindow, filter, excludeIds, ...(threshold === undefined ? {} : { minScore: threshold }) },
    options,
  )
  const found = weight === 0 ? nearest : await pickDifferent(vectors, definition.name, nearest, weight, limit, options)
  const stored = await parts.engine.read(
    definition.name,
    found.map(({ id }) => id),
    options,
  )
  return found.flatMap(({ id, score, similarity }, i) => {
    const source = stored[i]?.source
    return source === undefined ? [] : [{ id, score, similarity, document: decodeStored(source) }]
  })
}

/** Picks hits that differ from each other; one whose vector is gone meanwhile is left out. */
async function pickDifferent(
  vectors: VectorIndex,
  index: string,
  hits: readonly VectorHit[],
  weight: number,
  limit: number,
  options: AbortOptions,
): Promise<readonly VectorHit[]> {
  const stored = await vectors.read(
    index,
    hits.map(({ id }) => id),
    options,
  )
  const candidates = hits.flatMap((hit, i) => {
    const vector = stored[i]?.vector
    return vector === undefined ? [] : [{ ...hit, vector }]
  })
  return diversify(candidates, weight, limit)
}

async function targetVector(parts: QueryParts, to: LooseSimilarOptions['to'], options: AbortOptions): Promise<Float32Array | undefined> {
  const { vectors, embedder } = requireVectors(parts)
  const { name, options: definition } = parts.plan.definition
  if (typeof to === 'string') {
    const [stored] = await vectors.read(name, [to], options)
    if (stored !== undefined) return stored.vector
    throw searchError('UNKNOWN_DOCUMENT', `index '${name}' holds no vector for document ${describe(to)}.`, { details: { id: to } })
  }
  if ('text' in to) return embedQuery(embedder, to.text, options)
  if (to.vector instanceof Float32Array && to.vector.length === definition.vector?.dimensions) return to.vector
  if (!(to.vector instanceof Float32Array)) throw invalidQuery(name, `takes a Float32Array as 'to.vector'; got ${describe(to.vector)}.`)
  throw searchError('DIMENSION_MISMATCH', `index '${name}' takes vectors of ${definition.vector?.dimensions} dimensions; got ${to.vector.length}.`)
}
