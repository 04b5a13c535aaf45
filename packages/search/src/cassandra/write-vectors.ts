import { HanseError } from '@hanse/core'
import type { AbortOptions, Gate } from '@hanse/core'
import { decideVersion } from '../index/versions.ts'
import type { WriteOutcome } from '../index/attributes.ts'
import type { ReadyWrite } from '../vector/ready-writes.ts'
import type { OpenIndex } from './find-nearest.ts'
import { cellsOf } from './vector-table.ts'
import type { PendingWrite, VectorRow } from './vector-table.ts'

/**
 * Applies changes, those to one document in order, others side by side as `gate` lets them. A change that the store refuses has failed;
 * one that it does not answer ends the call, for the rest would wait for an answer in vain.
 */
export async function writeVectors(index: OpenIndex, writes: readonly ReadyWrite[], gate: Gate, options: AbortOptions): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = []
  let ended: { readonly error: unknown } | undefined
  const apply = async (position: number, write: ReadyWrite): Promise<void> => {
    if (ended !== undefined) return
    try {
      outcomes[position] = await applyWrite(index, write, options)
    } catch (error) {
      if (HanseError.hasCode(error, 'ENGINE_FAILED') && !error.retryable) outcomes[position] = { id: idOf(write), status: 'failed', error }
      else ended ??= { error }
    }
  }
  const chains = [...Map.groupBy(writes.entries(), ([, write]) => idOf(write)).values()]
  await Promise.all(
    chains.map(async (chain) => {
      for (const [position, write] of chain) await gate.pass(() => apply(position, write))
    }),
  )
  if (ended !== undefined) throw ended.error
  return outcomes
}

/** Looks what is stored, and writes on the condition that it is still so; repeated while others get in between. */
async function applyWrite(index: OpenIndex, write: ReadyWrite, options: AbortOptions): Promise<WriteOutcome> {
  const id = idOf(write)
  let stored = await index.rows.getStatic({ id }, options)
  for (;;) {
    options.signal?.throwIfAborted()
    const version = decideVersion(write, stored === undefined ? undefined : { version: Number(stored['version']), deleted: Number(stored['deleted']) })
    if (version === undefined) return { id, status: 'stale' }
    const written = await index.atomically(replacement(index, write, version, stored), options)
    if (written.applied) return { id, status: 'applied' }
    stored = written.current[0]
  }
}

/** The writes that take a document from one state to the next, as one. */
function replacement({ rows, attributes }: OpenIndex, write: ReadyWrite, version: number, stored: VectorRow | undefined): readonly PendingWrite[] {
  const id = idOf(write)
  // Rows count down, which vectorTable() gives the reason of.
  const latest = (stored?.['latest'] as bigint | undefined) ?? 0n
  const next = { version: BigInt(version), deleted: write.kind === 'delete', latest: latest + 1n }
  // Every change takes a new generation, so that it tells whether anything has changed.
  const change = rows
    .updateStatic({ id })
    .set(next)
    .if({ latest: stored?.['latest'] ?? null })
  const gone = stored === undefined || stored['deleted'] === true ? [] : [rows.delete({ id, generation: -latest })]
  const put = write.kind === 'index' ? [rows.insert({ id, generation: -next.latest, ...cellsOf({ attributes }, write.entry) })] : []
  return [change, ...gone, ...put]
}

function idOf(write: ReadyWrite): string {
  return write.kind === 'index' ? write.entry.id : write.id
}
