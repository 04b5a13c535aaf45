import { HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { DataErrorCode } from '../errors.ts'
import type { TableSchema } from '../schema/table-schema.ts'
import type { DataEngine } from './data-engine.ts'
import { compareSchemas } from './schema-change.ts'
import type { SchemaDifference } from './schema-change.ts'

/**
 * Makes sure that the engine holds the declared tables: `create` adds what is missing, `verify` only looks.
 * @throws HanseError `SCHEMA_MISMATCH` naming every difference that stays, `UNSUPPORTED` for a table that the engine cannot serve
 */
export async function prepareTables(engine: DataEngine, tables: readonly TableSchema[], mode: 'create' | 'verify', options: AbortOptions): Promise<void> {
  for (const table of tables) checkSupported(engine, table)
  let differences = await differencesOf(engine, tables, options)
  // Another process may make a table between the look and the change, in an older shape: then there is still something to add.
  for (let attempt = 1; attempt <= 3 && mode === 'create' && differences.length > 0; attempt++) {
    const changes = differences.flatMap((difference) => difference.change ?? [])
    if (changes.length < differences.length) break
    await engine.alter(changes, options)
    differences = await differencesOf(engine, tables, options)
  }
  if (differences.length > 0) throw schemaMismatch(engine, differences, mode)
}

/** How the engine's tables differ from the declared ones. */
export async function differencesOf(engine: DataEngine, tables: readonly TableSchema[], options: AbortOptions): Promise<SchemaDifference[]> {
  const held = await engine.describe(
    tables.map((table) => table.name),
    options,
  )
  return compareSchemas(tables, held)
}

function checkSupported(engine: DataEngine, table: TableSchema): void {
  if (table.indexes.length === 0 || engine.capabilities.has('indexes')) return
  throw new HanseError<DataErrorCode>(
    `table '${table.name}' declares an index on ${table.indexes.map((name) => `'${name}'`).join(', ')}, which the engine '${engine.name}' does not have. Remove it, or keep a table of your own with that column as its key.`,
    { code: 'UNSUPPORTED', details: { table: table.name, capability: 'indexes' } },
  )
}

function schemaMismatch(engine: DataEngine, differences: readonly SchemaDifference[], mode: 'create' | 'verify'): HanseError<DataErrorCode> {
  const listed = differences.map(({ table, problem }) => `table '${table}': ${problem}`).join('; ')
  const way = mode === 'verify' ? 'Run the migrations first' : 'Write a migration for what cannot be added'
  return new HanseError(`the schema of the engine '${engine.name}' is not what was declared: ${listed}. ${way}.`, {
    code: 'SCHEMA_MISMATCH',
    details: { differences: differences.map(({ table, problem }) => ({ table, problem })) },
  })
}
