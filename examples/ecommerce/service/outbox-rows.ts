import type { Database, TableSet } from '@hanse/data'
import { outboxFields } from '@hanse/event-bus'
import type { OutboxRows } from '@hanse/event-bus'

/** The tables whose conditional writes carry events: those that have the columns for it. */
export function outboxRowsOf<Tables extends TableSet>(db: Database<Tables>, tables: Tables): readonly OutboxRows[] {
  const carries = (name: string): boolean => Object.keys(outboxFields).every((field) => tables[name]?.schema.byName.has(field) === true)
  // What an access takes follows from its table, and here a table is any that has the columns.
  return Object.keys(tables)
    .filter(carries)
    .map((name) => db[name] as unknown as OutboxRows)
}
