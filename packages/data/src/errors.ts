/**
 * The codes that `@hanse/data` adds to those of `@hanse/core`:
 *
 * - `INVALID_CURSOR`: a page token that was forged, cut, made for another query or sealed with another key.
 * - `UNIQUE_CONFLICT`: another row holds the value of a `unique` column; `details` has `table` and `column`.
 * - `SCHEMA_MISMATCH`: what is declared and what the engine holds differ; `details.differences` names each difference.
 * - `MIGRATION_FAILED`: a migration was changed after it ran, is out of order, or its step failed (then with the cause).
 * - `MIGRATION_LOCKED`: another process held the migration lock for longer than the time allowed.
 * - `UNSUPPORTED`: the engine lacks a capability that a declared table needs.
 * - `CONNECT_FAILED`: a cluster engine could not start; the message names the option, what it says and what was found.
 * - `INVALID_EXPORT`: what `importTables` was given is no export, was cut off or was changed; the message names the line.
 * - `IMPORT_CONFLICT`: the tables that `importTables` fills hold other data; `details` has `table`, and `key` where one row is meant.
 * - `ENGINE_FAILED`: the engine refused a statement for a reason of its own, which is the cause.
 */
export const dataErrorCodes = [
  'INVALID_CURSOR',
  'UNIQUE_CONFLICT',
  'SCHEMA_MISMATCH',
  'MIGRATION_FAILED',
  'MIGRATION_LOCKED',
  'UNSUPPORTED',
  'ENGINE_FAILED',
  'CONNECT_FAILED',
  'INVALID_EXPORT',
  'IMPORT_CONFLICT',
] as const

/** One of {@link dataErrorCodes}. */
export type DataErrorCode = (typeof dataErrorCodes)[number]
