import { searchError } from '../errors.ts'
import { invalidArgument } from '@hanse/core'
import type { WriteOutcome } from '../index/attributes.ts'
import type { IndexWriteOptions, PendingWrite } from './index-writer.ts'

/** Options of `bulk`. */
export interface BulkOptions extends IndexWriteOptions {
  /**
   * Documents written, and embedded, at once: 1 to 10000.
   * @defaultValue 200
   */
  readonly batchSize?: number
}

/** What a bulk write did. */
export interface BulkResult {
  /** Documents written. */
  readonly applied: number
  /** Documents for which something newer was there. */
  readonly stale: number
}

/** Writes a source in batches, one after the other; the next is read only when the one before is done. */
export async function writeInBatches(
  documents: Iterable<object> | AsyncIterable<object>,
  options: BulkOptions,
  write: (batch: readonly PendingWrite[]) => Promise<readonly WriteOutcome[]>,
): Promise<BulkResult> {
  const { batchSize = 200, signal } = options
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000)
    throw invalidArgument("option 'batchSize' of bulk", 'a whole number from 1 to 10000', batchSize)
  const counts = { applied: 0, stale: 0 }
  let batch: PendingWrite[] = []
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted()
    const outcomes = requireWritten(await write(batch))
    for (const { status } of outcomes) counts[status === 'stale' ? 'stale' : 'applied']++
    batch = []
    // Lets other work of the process in between batches.
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
  for await (const document of documents) {
    batch.push({ kind: 'index', document })
    if (batch.length >= batchSize) await flush()
  }
  if (batch.length > 0) await flush()
  return counts
}

/**
 * Gives the outcomes back when every write was decided.
 * @throws HanseError `WRITE_FAILED` with the first failure as its cause
 */
export function requireWritten(outcomes: readonly WriteOutcome[]): readonly WriteOutcome[] {
  const failed = outcomes.filter(({ status }) => status === 'failed')
  if (failed.length === 0) return outcomes
  throw searchError('WRITE_FAILED', `${failed.length} of ${outcomes.length} documents could not be written, '${failed[0]?.id}' first; write them again.`, {
    cause: failed[0]?.error,
    retryable: true,
    details: { ids: failed.slice(0, 100).map(({ id }) => id) },
  })
}
