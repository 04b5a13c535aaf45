import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { WriteGate } from '../elasticsearch/write-gate.ts'
import { decideVersion } from '../embedded/versions.ts'
import type { WriteOutcome } from '../index/attributes.ts'
import type { ReadyWrite } from '../vector/ready-writes.ts'
import type { OpenIndex } from './find-nearest.ts'
import { cellsOf } from './vector-table.ts'
import type { VectorRow } from './vector-table.ts'

/**
 * Applies changes, those to one document in order, others side by side as `gate` lets them. A change that the store refuses has failed;
 * one that it does not answer ends the call, for the rest would wait for an answer in vain.
 */
export async function writeVectors(index: OpenIndex, writes: readonly ReadyWrite[], gate: WriteGate, options: AbortOptions): Promise<readonly WriteOutcome[]> {
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
      for (const [position, write] of chain) await gate.run(() => apply(position, write))
    }),
  )
  if (ended !== undefined) throw ended.error
  return outcomes
}

/** Looks what is stored, and writes on the condition that it is still so; repeated while others get in between. */
async function applyWrite({ rows, ...index }: OpenIndex, write: ReadyWrite, options: AbortOptions): Promise<WriteOutcome> {
  const id = idOf(write)
  let stored = await rows.get({ id }, { columns: ['version', 'deleted'], ...options })
  for (;;) {
    options.signal?.throwIfAborted()
    const version = decideVersion(write, stored === undefined ? undefined : { version: Number(stored['version']), deleted: Number(stored['deleted']) })
    if (version === undefined) return { id, status: 'stale' }
    const cells = cellsOf(index, write.kind === 'index' ? write.entry : undefined, version)
    const written =
      stored === undefined ? await rows.insertIfAbsent({ id, ...cells }, options) : await rows.update({ id }, options).set(cells).if(conditionOf(stored))
    if (written.applied) return { id, status: 'applied' }
    stored = written.current
  }
}

function conditionOf({ version, deleted }: VectorRow): VectorRow {
  return { version, deleted }
}

function idOf(write: ReadyWrite): string {
  return write.kind === 'index' ? write.entry.id : write.id
}
