import { backoffMs, createGate, resolveBackoff } from '@hanse/core'
import type { AbortOptions, Gate } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { WriteOutcome } from '../index/attributes.ts'
import { bulkLines, cutBySize, partById } from './bulk-lines.ts'
import type { StoredWrite } from './bulk-lines.ts'
import type { Connection } from './connection.ts'
import { readDocuments } from './read-documents.ts'
import { firstLine, reasonOf, refusalOf } from './server-errors.ts'
import type { ErrorCause } from './server-errors.ts'

/** Where writes go. */
export interface WriteTarget {
  readonly index: string
  readonly alias: string
}

/** Options of a write. */
export interface DocumentWriteOptions extends AbortOptions {
  /** Whether to resolve only after the next refresh of the index. */
  readonly awaitRefresh?: boolean
}

interface BulkAnswer {
  readonly items?: readonly { readonly index: { readonly status: number; readonly error?: ErrorCause } }[]
}

interface Pending {
  readonly position: number
  readonly write: StoredWrite
  version: number
  pushedBack: number
  raced: number
}

type ItemResult = { readonly status: number; readonly type: string; readonly reason: string }

const pauses = resolveBackoff({ initialMs: 50, maxMs: 5_000 })
const mostRaces = 20

/** Writes documents in bulk requests, decides by version what is stale, and repeats what the cluster pushes back. */
export class DocumentWriter {
  readonly #connection: Connection
  readonly #gate: Gate

  constructor(connection: Connection) {
    this.#connection = connection
    this.#gate = createGate(connection.options.maxConcurrentWrites)
  }

  /** Applies writes and says what became of each, in order. */
  async write(target: WriteTarget, writes: readonly StoredWrite[], options: DocumentWriteOptions): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = []
    for (const part of partById(writes)) {
      let pending = part.flatMap((position): Pending[] => {
        const write = writes[position]
        return write === undefined ? [] : [{ position, write, version: write.version ?? 1, pushedBack: 0, raced: 0 }]
      })
      while (pending.length > 0) pending = await this.#attempt(target, pending, outcomes, options)
    }
    return outcomes
  }

  /** Sends writes once; gives back those that must be sent again, when it is time to. */
  async #attempt(target: WriteTarget, pending: readonly Pending[], outcomes: WriteOutcome[], options: DocumentWriteOptions): Promise<Pending[]> {
    const raced: Pending[] = []
    const pushedBack: Pending[] = []
    const { pushBackRetries } = this.#connection.options
    const results = await this.#send(target, pending, options)
    for (const [i, entry] of pending.entries()) {
      const { id } = entry.write
      const result = results[i] ?? { status: 500, type: '', reason: 'the answer has no such item' }
      if (result.status < 300) outcomes[entry.position] = { id, status: 'applied' }
      else if (result.status === 409 && entry.write.version !== undefined) outcomes[entry.position] = { id, status: 'stale' }
      else if (result.status === 409 && entry.raced++ < mostRaces) raced.push(entry)
      else if (isPushBack(result.status) && entry.pushedBack++ < pushBackRetries) pushedBack.push(entry)
      else outcomes[entry.position] = { id, status: 'failed', error: itemError(target.index, id, result) }
    }
    await this.#takeNextVersions(target, raced, options)
    const most = Math.max(0, ...pushedBack.map((entry) => entry.pushedBack))
    const { clock, random } = this.#connection.options
    if (most > 0) await clock.sleep(backoffMs(pauses, most, random), options)
    return [...raced, ...pushedBack]
  }

  /** Something is stored already: the write takes the version after it. */
  async #takeNextVersions(target: WriteTarget, raced: readonly Pending[], options: AbortOptions): Promise<void> {
    if (raced.length === 0) return
    const ids = raced.map(({ write }) => write.id)
    const stored = await readDocuments<{ readonly version: number }>(this.#connection, target, ids, ['version'], options)
    for (const [i, entry] of raced.entries()) entry.version = (stored[i]?.version ?? 0) + 1
  }

  async #send(target: WriteTarget, pending: readonly Pending[], options: DocumentWriteOptions): Promise<readonly ItemResult[]> {
    const entries = pending.map((entry) => ({ lines: bulkLines(entry) }))
    const requests = cutBySize(entries, this.#connection.options.maxRequestBytes)
    // No document is there twice, so that requests may overtake each other.
    const results = await Promise.all(
      requests.map((request) => {
        const lines = request.flatMap((entry) => entry.lines)
        return this.#gate.pass(() => this.#sendLines(target, lines, request.length, options))
      }),
    )
    return results.flat()
  }

  async #sendLines({ alias, index }: WriteTarget, lines: readonly string[], count: number, options: DocumentWriteOptions): Promise<readonly ItemResult[]> {
    const query = { require_alias: true, filter_path: 'items.*.status,items.*.error', ...(options.awaitRefresh === true ? { refresh: 'wait_for' } : {}) }
    const answer = await this.#connection
      .request<BulkAnswer>({ method: 'POST', path: `/${alias}/_bulk`, query, lines, subject: `write to index '${index}'` }, options)
      .catch((error: unknown) => pushedBackWhole(error, count))
    return (answer.items ?? []).map(({ index: { status, error } }) => {
      if (error?.type === 'index_not_found_exception')
        throw searchError('UNKNOWN_INDEX', `there is no index '${index}'; prepare it first.`, { cause: new Error(error.reason) })
      return { status, type: error?.type ?? '', reason: error === undefined ? '' : reasonOf(error) }
    })
  }
}

function isPushBack(status: number): boolean {
  return status === 429 || status === 503
}

/** A request that was refused as a whole because the cluster is overloaded counts for each of its items. */
function pushedBackWhole(error: unknown, count: number): BulkAnswer {
  const refusal = refusalOf(error instanceof Error ? error.cause : undefined)
  if (refusal?.status !== 429) throw error
  return { items: Array.from({ length: count }, () => ({ index: { status: 429, error: refusal } })) }
}

function itemError(index: string, id: string, { status, type, reason }: ItemResult): Error {
  return searchError('ENGINE_FAILED', `Elasticsearch did not store document '${id}' of index '${index}' (${status} ${type}): ${firstLine(reason)}.`, {
    retryable: isPushBack(status) || status >= 500,
    cause: new Error(`${type}: ${reason}`),
    details: { id, status, type },
  })
}
