import { HanseError } from '../errors.ts'

/** The codes of errors that come from an embedded SQLite file. */
export const sqliteErrorCodes = ['STORAGE_BUSY', 'STORAGE_FULL', 'STORAGE_CORRUPT', 'STORAGE_UNAVAILABLE'] as const

/** One of {@link sqliteErrorCodes}. */
export type SqliteErrorCode = (typeof sqliteErrorCodes)[number]

/** Whether another connection holds the lock (SQLITE_BUSY, SQLITE_LOCKED and their extended codes). */
export function isBusy(error: unknown): boolean {
  const primary = primaryCode(error)
  return primary === 5 || primary === 6
}

/** Whether the error came from SQLite itself. */
export function isSqliteError(error: unknown): error is Error & { readonly errcode: number } {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
}

/** SQLite's primary result code, without the extended bits; `undefined` for other errors. */
export function primaryCode(error: unknown): number | undefined {
  return isSqliteError(error) ? error.errcode & 0xff : undefined
}

/** Turns an error about the file itself into a Hanse error; every other error comes back as it is. */
export function toStorageError(error: unknown, file: string): unknown {
  const at = `the SQLite file '${file}'`
  switch (primaryCode(error)) {
    case 5:
    case 6:
      return new HanseError<SqliteErrorCode>(`${at} stayed locked by another process; close what holds it, or retry.`, {
        code: 'STORAGE_BUSY',
        retryable: true,
        cause: error,
      })
    case 13:
      return new HanseError<SqliteErrorCode>(`${at} could not grow: the disk is full. Free some space; nothing of this write was kept.`, {
        code: 'STORAGE_FULL',
        retryable: true,
        cause: error,
      })
    case 11:
    case 26:
      return new HanseError<SqliteErrorCode>(`${at} is not a sound SQLite database. Restore it from a copy, or move it away to start empty.`, {
        code: 'STORAGE_CORRUPT',
        cause: error,
      })
    case 3:
    case 8:
    case 10:
    case 14:
    case 23:
      return new HanseError<SqliteErrorCode>(
        `${at} cannot be opened, read or written (${(error as Error).message}). Check that the folder exists, is writable and is on a local disk.`,
        { code: 'STORAGE_UNAVAILABLE', cause: error },
      )
    default:
      return error
  }
}
