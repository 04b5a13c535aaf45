export { isSqliteError, primaryCode, sqliteErrorCodes } from './sqlite-errors.ts'
export type { SqliteErrorCode } from './sqlite-errors.ts'
export { openSqlite } from './sqlite-file.ts'
export type { SqliteConnection, SqliteFile, SqliteFileOptions } from './sqlite-file.ts'
