import { HanseError } from '@hanse/core'
import { table } from '@hanse/data'
import type { Database } from '@hanse/data'
import { HttpProblem } from './problem.ts'

/** The members of a list, newest month first, in partitions that stay small. */
export const listEntries = table('list_entries', {
  fields: { list: 'text', bucket: 'text', id: 'uuid' },
  key: [['list', 'bucket'], 'id'],
  order: { id: 'desc' },
})

/** The months of a list that have members. */
export const listBuckets = table('list_buckets', {
  fields: { list: 'text', bucket: 'text' },
  key: [['list'], 'bucket'],
  order: { bucket: 'desc' },
})

/** The tables of every bucketed list; a service spreads them into its own. */
export const listTables = { listEntries, listBuckets }

type ListDatabase = Database<typeof listTables>

/** The bucket of a time: its month, `2026-11`. */
export function bucketOf(time: Date): string {
  return time.toISOString().slice(0, 7)
}

/** Puts a member into a list. Repeatable; done before the member itself is written, so that none is ever missing from its list. */
export async function addToList(db: ListDatabase, list: string, time: Date, id: string): Promise<void> {
  const bucket = bucketOf(time)
  await db.atomically([db.listBuckets.insert({ list, bucket }), db.listEntries.insert({ list, bucket, id })])
}

/** Takes a member out of a list. */
export async function removeFromList(db: ListDatabase, list: string, time: Date, id: string): Promise<void> {
  await db.listEntries.delete({ list, bucket: bucketOf(time), id })
}

/** One page of a list: ids, and where the next page starts. */
export interface ListPage {
  readonly ids: readonly string[]
  readonly next: string | null
}

/**
 * Reads one page, month after month.
 * @throws HttpProblem 400 for a cursor of another list, or a forged one
 */
export async function readList(db: ListDatabase, list: string, limit: number, cursor: string | undefined): Promise<ListPage> {
  const from = cursor === undefined ? undefined : parseCursor(cursor)
  const buckets = (await db.listBuckets.select({ list })).map((row) => row.bucket)
  if (from !== undefined && !buckets.includes(from.bucket)) throw invalidCursor()
  const ids: string[] = []
  for (const bucket of buckets.filter((one) => from === undefined || one <= from.bucket)) {
    const token = bucket === from?.bucket ? from.token : undefined
    const page = await readBucket(db, list, bucket, limit - ids.length, token)
    ids.push(...page.rows.map((row) => row.id))
    if (page.next !== null) return { ids, next: `${bucket}.${page.next}` }
    const following = buckets[buckets.indexOf(bucket) + 1]
    if (ids.length >= limit) return { ids, next: following === undefined ? null : `${following}.` }
  }
  return { ids, next: null }
}

async function readBucket(db: ListDatabase, list: string, bucket: string, limit: number, token: string | undefined) {
  try {
    return await db.listEntries
      .select({ list, bucket })
      .limit(limit)
      .page(token ?? null)
  } catch (error) {
    throw HanseError.hasCode(error, 'INVALID_CURSOR') ? invalidCursor() : error
  }
}

function parseCursor(cursor: string): { readonly bucket: string; readonly token: string | undefined } {
  const match = /^(\d{4}-\d{2})\.(.*)$/.exec(cursor)
  if (match?.[1] === undefined) throw invalidCursor()
  return { bucket: match[1], token: match[2] === '' ? undefined : match[2] }
}

function invalidCursor(): HttpProblem {
  return new HttpProblem(400, 'invalid_cursor', 'The cursor is not one of this list. Start again without it.')
}
