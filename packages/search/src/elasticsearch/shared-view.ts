import type { AbortOptions } from '@hanse/core'
import type { Connection } from './connection.ts'
import { isRefused } from './server-errors.ts'

/** Where a search runs: on an alias, or on a view that its pages share (a "point in time" of Elasticsearch). */
export interface SearchPlace {
  readonly path: string
  readonly part: object
}

/** The place of a search without a view. */
export function livePlace(alias: string): SearchPlace {
  return { path: `/${alias}/_search`, part: {} }
}

/** The place of a search on a view. */
export function viewPlace(view: string, keepAliveMs: number): SearchPlace {
  return { path: '/_search', part: { pit: { id: view, keep_alive: `${keepAliveMs}ms` } } }
}

/** Asks for a view of an index as it is now. */
export async function openView(connection: Connection, index: string, alias: string, options: AbortOptions): Promise<string> {
  const query = { keep_alive: `${connection.options.cursorKeepAliveMs}ms` }
  const { id } = await connection.request<{ readonly id: string }>(
    { method: 'POST', path: `/${alias}/_pit`, query, subject: `open a view of index '${index}'` },
    options,
  )
  return id
}

/** Gives a view back before its time is up. One that is gone already is what was wanted. */
export async function closeView(connection: Connection, view: string, options: AbortOptions): Promise<void> {
  await connection.request({ method: 'DELETE', path: '/_pit', body: { id: view }, subject: 'close a view' }, options).catch(() => undefined)
}

/** Whether a view ended before the search that was to run on it. */
export function isViewLost(error: unknown): boolean {
  return isRefused(error, 'search_context_missing_exception', 'index_not_found_exception', 'no_shard_available_action_exception')
}
