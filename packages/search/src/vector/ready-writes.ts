import { readyVector } from './metrics.ts'
import type { VectorEntry, VectorSpec, VectorWrite } from './vector-index.ts'

/** A change whose vector was checked and scaled. */
export type ReadyWrite = { readonly kind: 'index'; readonly entry: VectorEntry; readonly version?: number } | Extract<VectorWrite, { kind: 'delete' }>

/**
 * Checks all vectors of a call before any is written.
 * @throws HanseError `DIMENSION_MISMATCH`, `INVALID_DOCUMENT`
 */
export function readyWrites(spec: VectorSpec, writes: readonly VectorWrite[]): readonly ReadyWrite[] {
  return writes.map((write) => {
    if (write.kind === 'delete') return write
    const vector = readyVector(write.entry.vector, spec.dimensions, spec.metric, `the vector of document '${write.entry.id}' of index '${spec.name}'`)
    return { ...write, entry: { ...write.entry, vector } }
  })
}
