import type { AbortOptions } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { Connection } from './connection.ts'
import { documentKey } from './index-names.ts'

interface MultiGetAnswer<T> {
  readonly docs: readonly { readonly found?: boolean; readonly _source?: T; readonly error?: { readonly type?: string; readonly reason?: string } }[]
}

const mostAtOnce = 1_000

/** The stored documents with these ids as they are at this moment, deleted ones included; `undefined` for those that never were. */
export async function readDocuments<T>(
  connection: Connection,
  { index, alias }: { readonly index: string; readonly alias: string },
  ids: readonly string[],
  fields: readonly string[],
  options: AbortOptions,
): Promise<readonly (T | undefined)[]> {
  const found: (T | undefined)[] = []
  for (let from = 0; from < ids.length; from += mostAtOnce) {
    const body = { ids: ids.slice(from, from + mostAtOnce).map(documentKey) }
    const query = { _source_includes: fields.join(',') }
    const answer = await connection.request<MultiGetAnswer<T>>(
      { method: 'POST', path: `/${alias}/_mget`, query, body, subject: `read from index '${index}'` },
      options,
    )
    for (const { found: isFound, _source, error } of answer.docs) {
      if (error !== undefined) throw readError(index, error)
      found.push(isFound === true ? _source : undefined)
    }
  }
  return found
}

function readError(index: string, { type = '', reason = '' }: { readonly type?: string; readonly reason?: string }): Error {
  const cause = new Error(`${type}: ${reason}`)
  if (type === 'index_not_found_exception') return searchError('UNKNOWN_INDEX', `there is no index '${index}'; prepare it first.`, { cause })
  return searchError('ENGINE_FAILED', `Elasticsearch could not read from index '${index}': ${reason}.`, { cause, retryable: true })
}
