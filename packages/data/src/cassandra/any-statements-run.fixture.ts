import type { Database } from '../database.ts'
import { addToSet, append, increment, prepend, putEntries, removeEntries, removeFromSet } from '../query/changes.ts'
import type { AnyStatement, AnyWrite, Cells, Conditions, Count, Slice } from './any-statements.fixture.ts'
import type { Change } from './any-statements-columns.fixture.ts'

interface Write extends PromiseLike<unknown> {
  if(equalities: Cells): Write
  if(column: string, operator: string, value: unknown): Write
  ifExists(): Write
  where(column: string, operator: string, value: unknown): Write
}

interface Read extends PromiseLike<readonly Cells[]> {
  where(column: string, operator: string, value: unknown): Read
  order(direction: string): Read
  limit(rows: number): Read
  page(token?: string | null): Promise<{ readonly rows: readonly Cells[]; readonly next: string | null }>
}

interface Life {
  readonly ttlSeconds: number | undefined
}

/** The access to a table whose columns are drawn at random, so that no types can follow: whether values fit is for the database to check. */
interface LooseAccess {
  insert(row: Cells, options: Life): Write
  insertIfAbsent(row: Cells, options: Life): Write
  update(key: Cells, options?: Life): { set(values: Cells): Write }
  updateStatic(key: Cells, options: Life): { set(values: Cells): Write }
  delete(key: Cells): Write
  get(key: Cells, options: object): PromiseLike<Cells | undefined>
  getStatic(key: Cells): PromiseLike<Cells | undefined>
  select(key: Cells, options: object): Read
  scan(): PromiseLike<readonly Cells[]>
  find(equal: Cells): Read
}

/** A database with one table, and the partitions that statements are about. */
export interface Subject {
  readonly db: Database
  readonly ids: readonly string[]
}

const changing: Readonly<Record<Change['how'], (value: never) => unknown>> = {
  put: (value) => value,
  append,
  prepend,
  addToSet,
  removeFromSet,
  putEntries,
  removeEntries,
}

function rowsOf({ db }: Subject): LooseAccess {
  return (db as unknown as { readonly rows: LooseAccess }).rows
}

/** Runs a statement and gives what it answers. */
export async function runStatement(subject: Subject, statement: AnyStatement): Promise<unknown> {
  const rows = rowsOf(subject)
  switch (statement.does) {
    case 'atomically':
      return subject.db.atomically(statement.writes.map((write) => writeOf(subject, write)) as never)
    case 'get': {
      const { columns, serial } = statement
      return rows.get(keyOf(subject, statement), { serial, ...(columns === undefined ? {} : { columns }) })
    }
    case 'getStatic':
      return rows.getStatic(partitionOf(subject, statement))
    case 'select': {
      const found = sliceOf(subject, statement)
      return statement.limit === undefined ? found : found.limit(statement.limit)
    }
    case 'pages':
      return pagesOf(subject, statement)
    case 'find':
      return found(rows, statement)
    default:
      return writeOf(subject, statement)
  }
}

/** Steps counters. */
export async function runCount({ db, ids }: Subject, { steps }: Count): Promise<unknown> {
  const { rows } = db as unknown as { readonly rows: LooseAccess }
  const writes = steps.map(({ at, ck, n, column, step }) => rows.update({ id: ids[at], ck, n }).set({ [column]: increment(step) }))
  return writes.length === 1 ? writes[0] : db.atomically(writes as never)
}

/** Everything in some partitions: rows, and static columns without any. */
export async function contentsOf(subject: Subject, partitions: readonly number[] = [0, 1]): Promise<unknown> {
  const rows = rowsOf(subject)
  return Promise.all(
    partitions.map((at) => {
      const key = partitionOf(subject, { at })
      return Promise.all([rows.select(key, {}), rows.getStatic(key)])
    }),
  )
}

/** Everything in the table, in an order of its own. */
export async function scanAll(subject: Subject): Promise<unknown> {
  return inOrder(await rowsOf(subject).scan())
}

/** Deletes the partitions of a subject, so that a look-up by index does not find them. */
export async function clear(subject: Subject): Promise<void> {
  await Promise.all(subject.ids.map((id) => rowsOf(subject).delete({ id })))
}

function partitionOf({ ids }: Subject, { at }: { readonly at: number }): Cells {
  return { id: ids[at] }
}

function keyOf(subject: Subject, to: { readonly at: number; readonly row: Cells }): Cells {
  return { ...partitionOf(subject, to), ...to.row }
}

function writeOf(subject: Subject, write: AnyWrite): Write {
  const rows = rowsOf(subject)
  switch (write.does) {
    case 'insert': {
      const row = { ...keyOf(subject, write), ...write.cells }
      return write.ifAbsent ? rows.insertIfAbsent(row, write) : rows.insert(row, write)
    }
    case 'update':
      return withConditions(rows.update(keyOf(subject, write), write).set(valuesOf(write.changes)), write.conditions)
    case 'updateStatic':
      return withConditions(rows.updateStatic(partitionOf(subject, write), write).set(valuesOf(write.changes)), write.conditions)
    case 'delete':
      return withConditions(rows.delete(keyOf(subject, write)), write.conditions)
    case 'deleteSlice':
      return bounded(rows.delete({ ...partitionOf(subject, write), ...write.slice.prefix }), write.slice)
  }
}

function valuesOf(changes: readonly Change[]): Cells {
  return Object.fromEntries(changes.map(({ column, how, value }) => [column, changing[how](value as never)]))
}

/** Equality is asked in the one way or the other. */
function withConditions(write: Write, { exists, compared }: Conditions): Write {
  return compared.reduce(
    (asked, [column, operator, value]) => (operator === '=' ? asked.if({ [column]: value }) : asked.if(column, operator, value)),
    exists ? write.ifExists() : write,
  )
}

function bounded<Query extends { where(column: string, operator: string, value: unknown): Query }>(query: Query, { bounds }: Slice): Query {
  return bounds.reduce((some, bound) => some.where(...bound), query)
}

function sliceOf(subject: Subject, read: Extract<AnyStatement, { does: 'select' | 'pages' }>): Read {
  const columns = read.does === 'select' ? read.columns : undefined
  const selected = rowsOf(subject).select({ ...partitionOf(subject, read), ...read.slice.prefix }, columns === undefined ? {} : { columns })
  const some = bounded(selected, read.slice)
  return read.order === undefined ? some : some.order(read.order)
}

/** Where the rows end with a full page, one engine knows that and another does not, so that the last row of all stays. */
async function pagesOf(subject: Subject, read: Extract<AnyStatement, { does: 'pages' }>): Promise<unknown> {
  const all: Cells[] = []
  let left = (await sliceOf(subject, read)).length
  let token: string | null = null
  do {
    const { rows, next } = await sliceOf(subject, read).limit(read.size).page(token)
    const last = rows.at(-1)
    left -= rows.length
    if (read.deleting && last !== undefined && left > 0) await rowsOf(subject).delete({ id: last['id'], ck: last['ck'], n: last['n'] })
    all.push(...rows)
    token = next
  } while (token !== null)
  return all
}

async function found(rows: LooseAccess, { filters, size }: Extract<AnyStatement, { does: 'find' }>): Promise<unknown> {
  const asked = bounded(rows.find({}), { prefix: {}, bounds: filters })
  if (size === undefined) return inOrder(await asked)
  const all: Cells[] = []
  let token: string | null = null
  do {
    const page: Awaited<ReturnType<Read['page']>> = await asked.limit(size).page(token)
    all.push(...page.rows)
    token = page.next
  } while (token !== null)
  return inOrder(all)
}

/** By the key; two engines need not give rows of several partitions in one order. */
function inOrder(rows: readonly Cells[]): readonly Cells[] {
  const key = ({ id, ck, n }: Cells): string => `${String(id)} ${ck instanceof Date ? ck.getTime() : String(ck)} ${String(n)}`
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}
