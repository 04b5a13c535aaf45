import { HanseError } from '@hanse/core'
import fc from 'fast-check'
import { createSearch } from '../create-search.ts'
import { ngramEmbedder } from '../embed/ngram-embedder.ts'
import { defineIndex } from '../index/definition.ts'
import { boolean, date, keyword, money, number, text } from '../index/fields.ts'
import type { SearchEngine } from '../text/search-engine.ts'

const dimensions = 32

function defineNotes(name: string) {
  return defineIndex(name, {
    id: 'id',
    version: ({ amount }) => Number.parseInt(amount, 10) & 7,
    fields: {
      title: text({ boost: 2 }),
      body: text({ language: 'german', optional: true }),
      brand: keyword({ facet: true, searchable: true, optional: true }),
      tags: keyword({ many: true, facet: true, searchable: true, optional: true }),
      amount: money({ facet: ['-1', '0.5', 100] }),
      weight: number({ facet: [-1, 0, 1e3], optional: true }),
      moment: date({ optional: true }),
      active: boolean({ facet: true, optional: true }),
    },
    synonyms: [
      ['sofa', 'couch', 'settee bench'],
      ['tv', 'television'],
    ],
    vector: { from: ['title'], dimensions },
  })
}

/** The index that both engines hold. */
export type Notes = ReturnType<typeof openNotes>
type Note = Parameters<Notes['index']>[0]
type Asked = NonNullable<Parameters<Notes['search']>[1]>

/** The index on an engine, without closing anything. */
export function openNotes(engine: SearchEngine, name: string) {
  return createSearch({ engine, embedder: ngramEmbedder({ dimensions }), indexes: { notes: defineNotes(name) } }).notes
}

// Few words, so that they meet; with all that makes words hard: other scripts, marks, ligatures, numbers in letters, signs, and words near each other.
const words = [
  ...'coffee cofee coffees machine machines maschine maschinen table cable gable tables sofa couch settee bench tv television lamp lamps lampe'.split(' '),
  ...'café cafe\u0301 CAFÉ straße STRASSE ﬁre œuvre Ærø İstanbul ıstanbul ŉ ½ ⅐ ⒈ ⑴ ① ４２ 42 007 7 1e3 1000 iphone15 15 x² ℌello'.split(' '),
  ...'кофе Кофемашина ёлка елка شاي ﷺ ﱞ قَهْوَة קפה मशीन กาแฟ コーヒー 珈琲 珈琲機械 커피 ελληνικά ὀδός 𐌰𐌱𐌲𐌳 𐌰𐌱𐌲𐌴 𝒞offee'.split(' '),
  ...`☕ 👩‍👩‍👧‍👦 🇩🇪 !? "*:( <b>bold</b> &amp; don't o’neill's AND OR NOT NEAR(a b) the a to und der die`.split(' '),
  `${'verylong'.repeat(12)}`,
  `${'verylong'.repeat(12)}er`,
  `${'x'.repeat(63)}𐌰𐌱`,
  '\0',
  '\u2028',
  '\ud800',
  '\u200f',
]
const gaps = fc.constantFrom(' ', ' ', ' ', ' ', '-', '\n', '\t', '\u00a0', '\u3000', '/', ', ', '\u200d', '_', '.', "'")
const word = fc.oneof({ arbitrary: fc.constantFrom(...words), weight: 12 }, { arbitrary: fc.string({ unit: 'binary', maxLength: 5 }), weight: 1 })
const anyText = fc
  .array(fc.tuple(word, gaps), { maxLength: 5 })
  .map((parts) => parts.map(([one, gap], i) => (i === parts.length - 1 ? one : one + gap)).join(''))

/** What is typed: words of the documents, whole, begun or with a slip. */
const typed = fc.tuple(anyText, fc.nat({ max: 5 }), fc.nat({ max: 12 })).map(([value, kind, at]) => {
  if (kind === 0) return value.slice(0, at)
  if (kind === 1) return value.slice(0, at) + value.slice(at + 1)
  return kind === 2 ? value.slice(0, at) + 'x' + value.slice(at) : value
})

const values = [
  ...'A a B ä Z ſ ﬀ 007 7 07 7.0 1e3 1000 0x10 -1 -01 true 1 0 null'.split(' '),
  '',
  ' ',
  ' 7',
  'a b',
  '日本',
  '😀',
  '\uffee',
  'a\0b',
  'a',
  '" OR 1=1',
  'x'.repeat(4096),
]
const value = fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 8 }, { arbitrary: anyText, weight: 1 })
const amount = fc.constantFrom(
  '0',
  '-0.00',
  '0.01',
  '-0.01',
  '0.5',
  '00.50',
  '99.99',
  '100',
  '100.00',
  '-1',
  '9999999999999999.99',
  '-9999999999999999.99',
  '3',
  '12.3',
)
const weight = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 1e3, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 0.1, 0.1 + 0.2, 2 ** 53, 1e21, -1e-7),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const moment = fc.oneof(
  fc.constantFrom<Date | string>(
    new Date(0),
    new Date(8.64e15),
    new Date(-8.64e15),
    '2024-02-29',
    '2024-02-29T00:00:00Z',
    '2024-02-29T01:00:00+01:00',
    '0001-01-01',
    '2024-02-29T00:00:00.123456Z',
  ),
  fc.date({ noInvalidDate: true }),
)
const id = fc.constantFrom('a', 'b', 'c', 'B', 'ä', '日', '😀', '\uffee', '7', '07', 'a b', 'a/b', 'x'.repeat(256), 'd', 'e', 'f', 'g', "h'", '"', 'n\0', '_')

const document: fc.Arbitrary<Note> = fc.record(
  { id, title: anyText, body: anyText, brand: value, tags: fc.array(value, { maxLength: 4 }), amount, weight, moment, active: fc.boolean() },
  { requiredKeys: ['id', 'title', 'amount'] },
)

/** A change that both engines are given. */
export type Change =
  | { readonly kind: 'bulk'; readonly documents: readonly Note[] }
  | { readonly kind: 'index'; readonly document: Note; readonly version: number }
  | { readonly kind: 'delete'; readonly id: string; readonly version?: number }

const version = fc.nat({ max: 9 })
const change: fc.Arbitrary<Change> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('bulk' as const), documents: fc.array(document, { minLength: 1, maxLength: 14 }) }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('index' as const), document, version }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('delete' as const), id, version }, { requiredKeys: ['kind', 'id'] }), weight: 2 },
)

const oneOrMany = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(one, fc.array(one, { maxLength: 4 }), fc.record({ not: fc.oneof(one, fc.array(one, { maxLength: 3 })) }))
const presence = fc.record({ exists: fc.boolean() })
const rangeOf = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.record({ gt: one, gte: one, lt: one, lte: one, exists: fc.boolean(), not: one }, { requiredKeys: [] })
const momentRange = fc.record({ gt: moment, gte: moment, lt: moment, lte: moment }, { requiredKeys: [] })
const where = fc.record(
  {
    brand: fc.oneof(oneOrMany(value), presence),
    tags: fc.oneof(oneOrMany(value), presence),
    amount: fc.oneof(oneOrMany(amount), rangeOf(amount)),
    weight: fc.oneof(oneOrMany(weight), rangeOf(weight)),
    moment: fc.oneof(momentRange, presence),
    active: fc.oneof(fc.boolean(), presence),
    // What is wrong must be refused the same way.
    title: fc.constant('x'),
    nothing: fc.constant('x'),
  },
  { requiredKeys: [] },
)
// Few fields at once, or nothing would be found.
const someWhere = fc
  .tuple(where, fc.subarray(['brand', 'tags', 'amount', 'weight', 'moment', 'active'], { maxLength: 2 }), fc.nat({ max: 40 }))
  .map(([all, kept, wrong]) => Object.fromEntries(Object.entries(all).filter(([name]) => (wrong === 0 ? true : kept.includes(name)))))

const sortKey = fc.constantFrom('relevance', 'brand', '-brand', 'amount', '-amount', 'weight', '-weight', 'moment', '-moment', 'active', '-active')

/** A question that both engines are asked. */
export type Question =
  | { readonly kind: 'search'; readonly text: string; readonly options: Asked; readonly pageSize: number }
  | { readonly kind: 'suggest'; readonly text: string; readonly field: 'title' | 'body' | 'brand' | 'tags'; readonly where: object }
  | { readonly kind: 'similar'; readonly to: string | { readonly text: string }; readonly where: object; readonly threshold?: number }

const searched = fc.constantFrom('title' as const, 'body' as const, 'brand' as const, 'tags' as const)
const options = fc
  .record(
    {
      where: someWhere,
      mode: fc.constantFrom('text', 'text', 'text', 'text', 'vector', 'hybrid'),
      sort: fc.array(sortKey, { maxLength: 3 }),
      facets: fc.subarray(['brand', 'tags', 'amount', 'weight', 'active']),
      facetLimit: fc.constantFrom(1, 2, 1000),
      match: fc.constantFrom('all', 'any', 'any'),
      typos: fc.boolean(),
      prefix: fc.boolean(),
      highlight: fc.subarray(['title', 'body', 'brand', 'tags']),
      threshold: fc.constantFrom(0, 0.43, 0.77),
    },
    { requiredKeys: [] },
  )
  // As from a request: what it says is for the index to check.
  .map((loose) => loose as Asked)
const question: fc.Arbitrary<Question> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('search' as const),
      text: fc.oneof(fc.constant(''), typed, typed, typed),
      options,
      pageSize: fc.integer({ min: 1, max: 7 }),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ kind: fc.constant('suggest' as const), text: typed, field: searched, where: someWhere }), weight: 2 },
  {
    arbitrary: fc.record(
      { kind: fc.constant('similar' as const), to: fc.oneof(id, fc.record({ text: typed })), where: someWhere, threshold: fc.constantFrom(0, 0.43, 0.77) },
      { requiredKeys: ['kind', 'to', 'where'] },
    ),
    weight: 1,
  },
)

/** Changes, and questions about what they leave. */
export const sequences = (questions: number) =>
  fc.record({
    changes: fc.array(change, { minLength: 1, maxLength: 6 }),
    questions: fc.array(question, { minLength: Math.ceil(questions / 2), maxLength: questions, size: 'max' }),
  })

/** Applies a change and says what it did. */
export async function apply(notes: Notes, one: Change): Promise<unknown> {
  return settle<unknown>(() => {
    if (one.kind === 'bulk') return notes.bulk(one.documents)
    const given = one.version === undefined ? {} : { version: one.version }
    return one.kind === 'index' ? notes.index(one.document, given) : notes.delete(one.id, given)
  })
}

/** Asks a question; what engines may order as they like comes in an order of its own. */
export function ask(notes: Notes, one: Question): Promise<unknown> {
  return settle<unknown>(() => {
    if (one.kind === 'search') return searchAll(notes, one)
    if (one.kind === 'suggest') return suggestAll(notes, one)
    const { to, where: filter, threshold } = one
    return notes.similar({ to, where: filter, limit: 1000, ...(threshold === undefined ? {} : { threshold }) }).then(nearestFirst)
  })
}

async function settle<T>(call: () => Promise<T>): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof HanseError)) throw error
    return { code: error.code, message: error.message }
  }
}

async function searchAll(notes: Notes, { text: sought, options: asked, pageSize }: Extract<Question, { kind: 'search' }>): Promise<unknown> {
  const whole = await notes.search(sought, { ...asked, limit: 1000 })
  const ids = whole.hits.map(({ id: one }) => one)
  const paged: string[] = []
  const pageFacts = new Set<string>()
  let cursor: string | undefined
  do {
    const page = await notes.search(sought, { ...asked, limit: pageSize, cursor })
    paged.push(...page.hits.map(({ id: one }) => one))
    pageFacts.add(JSON.stringify([page.total, page.facets]))
    cursor = page.next
  } while (cursor !== undefined && paged.length < 200)
  const isFree = isFreeOrder(sought, asked)
  return {
    ids: isFree ? ids.toSorted() : ids,
    // Pages together are the whole, in its order.
    pages: JSON.stringify(paged) === JSON.stringify(ids) ? 'the whole' : { paged, ids },
    pageFacts: pageFacts.size === 1 && [...pageFacts][0] === JSON.stringify([whole.total, whole.facets]) ? 'the same' : [...pageFacts],
    total: whole.total,
    facets: whole.facets,
    partial: whole.partial,
    documents: Object.fromEntries(whole.hits.map(({ id: one, document: found, highlights = null }) => [one, { found, highlights }])),
    falls: asked.sort !== undefined || whole.hits.every(({ score }, i) => i === 0 || score <= (whole.hits[i - 1]?.score ?? 0)),
    inRange: whole.hits.every(({ score }) => score >= 0 && score <= 1),
  }
}

/** Whether relevance has a say in the order; its figures are the engines' own. */
function isFreeOrder(sought: string, { sort = 'relevance', mode = 'text' }: Asked): boolean {
  return sought.trim() !== '' && (mode !== 'text' || sort === 'relevance' || sort.includes('relevance'))
}

async function suggestAll(notes: Notes, { text: sought, field, where: filter }: Extract<Question, { kind: 'suggest' }>): Promise<unknown> {
  const found = await notes.suggest(sought, { field, where: filter, limit: 100 })
  return found.map(({ text: one }) => one.normalize('NFKC').toLowerCase()).toSorted()
}

/** To five decimals: engines keep vectors as exact as that. */
function nearestFirst(hits: readonly { readonly id: string; readonly score: number }[]): unknown {
  return hits.map(({ id: one, score }) => ({ id: one, score: Math.round(score * 1e4) / 1e4 })).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
