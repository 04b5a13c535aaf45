import { HanseError, seededRandom } from '@hanse/core'
import fc from 'fast-check'
import type { AttributeValue, Filter } from '../index/filter.ts'
import { everything } from '../index/filter.ts'
import { scoreOf } from '../vector/metrics.ts'
import type { VectorHit, VectorIndex, VectorQuery, VectorSpec, VectorWrite } from '../vector/vector-index.ts'

/** What documents are filtered by, in every index. */
const attributes: VectorSpec['attributes'] = [
  { name: 'shop', type: 'string', many: false },
  { name: 'price', type: 'integer', many: false },
  { name: 'weight', type: 'double', many: false },
  { name: 'tags', type: 'string', many: true },
  { name: 'sizes', type: 'integer', many: true },
]

/** An index of vectors with so many dimensions. */
export function specOf(metric: VectorSpec['metric'], dimensions: number): VectorSpec {
  return { name: `${metric}_${dimensions}`, dimensions, metric, model: 'm', attributes }
}

/** A step of a sequence, as plain data. Documents are told by number; what they are called is for who runs it. */
export type Step =
  | { readonly does: 'write'; readonly changes: readonly Change[] }
  | {
      readonly does: 'ask'
      readonly vector: readonly number[]
      readonly limit: number
      readonly filter: Filter
      readonly excluded: readonly number[]
      readonly minScore: number
    }
  | { readonly does: 'read'; readonly documents: readonly number[] }
  /** What is in memory goes to disk. */
  | { readonly does: 'flush' }

/** A document that is put, or deleted where it has no vector. */
export interface Change {
  readonly document: number
  readonly vector: readonly number[] | undefined
  readonly attributes: Readonly<Record<string, readonly AttributeValue[]>>
  readonly version: number | undefined
}

const values: Readonly<Record<string, readonly AttributeValue[]>> = {
  shop: ['n', 's', '', '7', '07', 'ä', '\u{1f600}'],
  price: [0n, 1n, -1n, 100n, 2n ** 63n - 1n, -(2n ** 63n)],
  weight: [0, -0, 0.5, -1.5, 1e300, Number.MIN_VALUE],
  tags: ['a', 'b', 'c', '', 'ä'],
  sizes: [1n, 2n, 3n, -1n],
}
const names = Object.keys(values)
const isMany = (name: string): boolean => attributes.some((attribute) => attribute.name === name && attribute.many)
const document = fc.nat({ max: 119 })

function valueOf(name: string): fc.Arbitrary<AttributeValue> {
  return fc.constantFrom(...(values[name] ?? []))
}

const someAttributes = fc
  .tuple(...names.map((name) => fc.uniqueArray(valueOf(name), { maxLength: isMany(name) ? 3 : 1 })))
  .map((drawn) => Object.fromEntries(drawn.flatMap((some, i) => (some.length === 0 ? [] : [[names[i] ?? '', some]]))) as Change['attributes'])

/** Few directions that are near or equal to each other, and any others; now and then what has no direction, or a wrong length. */
function vectorOf(dimensions: number): fc.Arbitrary<readonly number[]> {
  const anywhere = fc.nat({ max: 1e6 }).map((seed) => {
    const random = seededRandom(seed)
    return Array.from({ length: dimensions }, () => random() - 0.5)
  })
  const corner = fc.array(fc.constantFrom(0, 0, 1, -1, 2), { minLength: dimensions, maxLength: dimensions })
  return fc.oneof({ weight: 6, arbitrary: anywhere }, { weight: 3, arbitrary: corner.filter((vector) => vector.some((value) => value !== 0)) })
}

function wrongVector(dimensions: number): fc.Arbitrary<readonly number[]> {
  return fc.constantFrom(
    Array.from({ length: dimensions + 1 }, () => 1),
    Array.from({ length: dimensions }, () => 0),
    [Number.NaN, ...Array.from({ length: dimensions - 1 }, () => 1)],
  )
}

const range = fc.constantFrom('price', 'weight', 'shop', 'sizes').chain((field) => {
  const bound = fc.option(valueOf(field), { nil: undefined })
  return fc.record({ gt: bound, gte: bound, lt: bound, lte: bound }).map((bounds): Filter => ({ kind: 'range', field, ...someOf(bounds) }))
})
const within = fc
  .constantFrom(...names)
  .chain((field) => fc.array(valueOf(field), { minLength: 1, maxLength: 3 }).map((among): Filter => ({ kind: 'in', field, values: among })))
const exists = fc.constantFrom(...names).map((field): Filter => ({ kind: 'exists', field }))
const leaf = fc.oneof({ weight: 4, arbitrary: within }, { weight: 3, arbitrary: range }, { weight: 1, arbitrary: exists })
const { filter } = fc.letrec<{ filter: Filter; several: Filter[] }>((tie) => ({
  several: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('filter').map((of): Filter => ({ kind: 'not', of })),
    tie('several').map((of): Filter => ({ kind: 'all', of })),
    tie('several').map((of): Filter => ({ kind: 'any', of })),
  ),
}))

function someOf(bounds: Readonly<Record<string, AttributeValue | undefined>>): Readonly<Record<string, AttributeValue>> {
  return Object.fromEntries(Object.entries(bounds).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** Writes of a few or of many documents, and questions about what they leave. */
export function steps(dimensions: number): fc.Arbitrary<Step[]> {
  const vector = vectorOf(dimensions)
  const change = fc.record({
    document,
    vector: fc.oneof({ weight: 80, arbitrary: vector }, { weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: wrongVector(dimensions) }),
    attributes: someAttributes,
    version: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat({ max: 5 }) }),
  })
  const ask = fc.record({
    does: fc.constant('ask'),
    vector: fc.oneof({ weight: 40, arbitrary: vector }, { weight: 1, arbitrary: wrongVector(dimensions) }),
    limit: fc.constantFrom(0, 1, 2, 5, 10, 40, 200),
    filter: fc.oneof({ weight: 1, arbitrary: fc.constant(everything) }, { weight: 3, arbitrary: filter }),
    excluded: fc.array(document, { maxLength: 3 }),
    // Scores that no two of the corners have, for rounding would decide.
    minScore: fc.constantFrom(0, 0, 0, 0.47, 0.91),
  })
  const write = fc.record({
    does: fc.constant('write'),
    changes: fc.oneof(fc.array(change, { maxLength: 5 }), fc.array(change, { minLength: 20, maxLength: 60, size: 'max' })),
  })
  const read = fc.record({ does: fc.constant('read'), documents: fc.array(document, { maxLength: 5 }) })
  const flush = fc.record({ does: fc.constant('flush') })
  const step = fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 20, arbitrary: write },
    { weight: 40, arbitrary: ask },
    { weight: 4, arbitrary: read },
    { weight: 1, arbitrary: flush },
  )
  return fc.array(step, { minLength: 1, maxLength: 30, size: 'max' })
}

/** What a call gives, or the code of its error. */
export async function answerOf<T>(call: () => Promise<T>): Promise<{ readonly value: T } | { readonly code: string }> {
  try {
    return { value: await call() }
  } catch (error) {
    if (HanseError.hasCode(error, 'DIMENSION_MISMATCH', 'INVALID_DOCUMENT')) return { code: error.code }
    throw error
  }
}

/** The writes of changes, with the vectors that `vectorFor` makes of theirs. */
export function writesOf(
  changes: readonly Change[],
  nameOf: (document: number) => string,
  vectorFor: (vector: readonly number[]) => Float32Array,
): VectorWrite[] {
  return changes.map(({ document: number, vector, attributes: given, version }) => {
    const id = nameOf(number)
    const versioned = version === undefined ? {} : { version }
    if (vector === undefined) return { kind: 'delete', id, ...versioned }
    return {
      kind: 'index',
      entry: { id, vector: vectorFor(vector), contentHash: JSON.stringify(vector), attributes: new Map(Object.entries(given)) },
      ...versioned,
    }
  })
}

/** The query of a question. */
export function queryOf(
  { vector, limit, filter: given, excluded, minScore }: Extract<Step, { does: 'ask' }>,
  nameOf: (document: number) => string,
): VectorQuery {
  return { vector: Float32Array.from(vector), limit, filter: given, excludeIds: excluded.map(nameOf), minScore }
}

/** Turns a vector a little, further with each number, so that no two are the same to the bit. */
export function turned(vector: readonly number[], number: number): Float32Array {
  return Float32Array.from(vector, (value, i) => value + (i + 1) * number * 1e-5)
}

/** Single precision adds up to so much over a few dimensions. */
const tolerance = 1e-5

/**
 * What is wrong with the hits of an approximate index, by the exact ones to the same question without a limit: nothing where each is one of these, in order of
 * score, and none is nearer than the last of them without being there.
 */
export function faultsOf({ metric }: VectorSpec, { limit }: VectorQuery, hits: readonly VectorHit[], exact: readonly VectorHit[]): readonly string[] {
  const byId = new Map(exact.map((hit) => [hit.id, hit.similarity]))
  const faults: string[] = []
  const wanted = Math.min(limit, exact.length)
  if (hits.length !== wanted) faults.push(`${hits.length} hits in place of ${wanted}`)
  if (new Set(hits.map(({ id }) => id)).size !== hits.length) faults.push('a hit comes twice')
  for (const [i, { id, score, similarity }] of hits.entries()) {
    const expected = byId.get(id)
    const before = hits[i - 1]
    const place = exact[i]?.similarity ?? Infinity
    if (expected === undefined) faults.push(`${id} is not there, or does not pass`)
    else if (!isNear(similarity, expected)) faults.push(`${id} has the similarity ${similarity} in place of ${expected}`)
    if (score !== scoreOf(metric, similarity)) faults.push(`${id} has the score ${score} for the similarity ${similarity}`)
    if (before !== undefined && (before.score < score || (before.score === score && before.id > id))) faults.push(`${id} comes behind ${before.id}`)
    if (!isNear(similarity, place)) faults.push(`hit ${i} is ${similarity} near, and there is one of ${place}`)
  }
  return faults
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))
}

/** Every document that an exact index finds, nearest first, with a question's filter and without its limit. */
export async function exactHits(index: VectorIndex, name: string, query: VectorQuery): Promise<readonly VectorHit[]> {
  return index.search(name, { ...query, limit: 10_000 })
}
