import { validate, validationFailed } from '@hanse/core'
import type { TableSchema } from '../schema/table-schema.ts'
import type { Values, WriteStatement } from './statement.ts'

/**
 * Checks writes with the `validate` schema of their tables, before anything is sent.
 * An inserted row is checked whole; of an update only what it sets (changes of single elements are not seen by the schema).
 *
 * @throws HanseError `VALIDATION_FAILED`
 */
export function validateWrites(statements: readonly WriteStatement[]): Promise<void> | undefined {
  return statements.some((statement) => statement.table.validate !== undefined) ? validateEach(statements) : undefined
}

async function validateEach(statements: readonly WriteStatement[]): Promise<void> {
  for (const statement of statements) {
    if (statement.kind === 'insert') await check(statement.table, statement.row)
    else if (statement.kind === 'update') await checkUpdate(statement)
  }
}

async function checkUpdate(statement: Extract<WriteStatement, { readonly kind: 'update' }>): Promise<void> {
  const whole = statement.changes.filter((change) => change.kind === 'put' || change.kind === 'remove')
  const values = Object.fromEntries(whole.flatMap((change) => (change.kind === 'put' ? [[change.column, change.value]] : [])))
  await check(statement.table, { ...statement.key, ...values }, new Set(whole.map((change) => change.column)))
}

/** @param only - the columns whose issues count; all when absent */
async function check(table: TableSchema, values: Values, only?: ReadonlySet<string>): Promise<void> {
  if (table.validate === undefined) return
  const result = await validate(table.validate, values)
  if (result.ok) return
  const issues = only === undefined ? result.issues : result.issues.filter(({ pointer }) => only.has(pointer.split('/')[1] ?? ''))
  if (issues.length > 0) throw validationFailed(`a row of '${table.name}'`, issues)
}
