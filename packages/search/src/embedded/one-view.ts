import type { SqliteConnection } from '@hanse/core/sqlite'

/** Reads several times from one state, whatever other processes commit in between. */
export function oneView<T>(db: SqliteConnection, work: () => T): T {
  // A savepoint, since a write transaction of this connection may be open.
  db.exec('savepoint view')
  try {
    return work()
  } finally {
    db.exec('release view')
  }
}
