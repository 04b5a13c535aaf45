import { searchError } from '../errors.ts'
import type { VectorSpec } from './vector-index.ts'

/**
 * Checks that stored vectors are comparable with those that are asked for.
 * @throws HanseError `DIMENSION_MISMATCH`, `MODEL_MISMATCH`
 */
export function requireSameModel(stored: VectorSpec, wanted: VectorSpec): void {
  if (stored.dimensions !== wanted.dimensions)
    throw searchError(
      'DIMENSION_MISMATCH',
      `index '${wanted.name}' holds vectors of ${stored.dimensions} dimensions, and ${wanted.dimensions} are asked for. Rebuild it with reindex().`,
    )
  if (stored.model === wanted.model) return
  throw searchError(
    'MODEL_MISMATCH',
    `index '${wanted.name}' holds vectors of model '${stored.model}', which are not comparable with those of '${wanted.model}'. Rebuild it with reindex().`,
  )
}
