import { HanseError } from '@hanse/core'

/** The codes that `@hanse/search` throws, beside those of `@hanse/core` and, for embedded engines, of `@hanse/core/sqlite`. */
export const searchErrorCodes = [
  'INVALID_QUERY',
  'INVALID_CURSOR',
  'INVALID_DOCUMENT',
  'UNKNOWN_DOCUMENT',
  'UNKNOWN_INDEX',
  'INDEX_MISMATCH',
  'MODEL_MISMATCH',
  'DIMENSION_MISMATCH',
  'EMBEDDING_FAILED',
  'WRITE_FAILED',
  'REINDEX_FAILED',
  'UNSUPPORTED',
  'CORRUPT_INDEX',
  'CONNECT_FAILED',
  'ENGINE_FAILED',
] as const

/** One of {@link searchErrorCodes}. */
export type SearchErrorCode = (typeof searchErrorCodes)[number]

/** Makes a search error; the message names the subject, what was expected and what came. */
export function searchError(
  code: SearchErrorCode,
  message: string,
  more: { readonly cause?: unknown; readonly retryable?: boolean; readonly details?: Readonly<Record<string, unknown>> } = {},
): HanseError<SearchErrorCode> {
  return new HanseError(message, { code, ...more })
}
