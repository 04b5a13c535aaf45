import { holds } from '../query/holds.ts'
import type { CellChange, Condition, SelectStatement, Values, WriteStatement } from '../query/statement.ts'
import type { TableSchema } from '../schema/table-schema.ts'

/** A statement that depends on what is there, and what a serial read found there afterwards. */
export interface Finding {
  readonly statement: WriteStatement
  readonly current: Values | undefined
}

/**
 * What became of a conditional write whose answer was lost, judged by a serial read, which also ends every round of Paxos that was under way:
 *
 * - `applied`: everything is as the write would have left it;
 * - `not-applied`: every condition still holds, so nothing happened, and the write may be sent again;
 * - `refused`: a row that was to be inserted is another's;
 * - `undecided`: things changed in another way; the write may have been there in between.
 */
export type Verdict = 'applied' | 'not-applied' | 'refused' | 'undecided'

/** Judges the whole of a conditional write. Pure. */
export function settle(findings: readonly Finding[]): Verdict {
  if (findings.every(isReached)) return 'applied'
  if (findings.every(conditionsHold)) return 'not-applied'
  return findings.some(({ statement, current }) => statement.kind === 'insert' && current !== undefined && !isReached({ statement, current }))
    ? 'refused'
    : 'undecided'
}

function isReached({ statement, current }: Finding): boolean {
  if (statement.kind === 'delete') return current === undefined
  if (current === undefined) return false
  if (statement.kind === 'update') return statement.changes.every((change) => isDone(statement.table, change, current))
  return Object.keys(statement.row).every((name) => isSame(statement.table, name, statement.row[name], current[name]))
}

/** Elements that came and went leave no trace that could be told from others'; they decide nothing. */
function isDone(table: TableSchema, change: CellChange, current: Values): boolean {
  if (change.kind === 'remove') return current[change.column] === null
  return change.kind !== 'put' || isSame(table, change.column, change.value, current[change.column])
}

function conditionsHold({ statement, current }: Finding): boolean {
  if (statement.kind === 'insert') return current === undefined
  return statement.conditions.every((condition) => conditionHolds(statement.table, condition, current))
}

function conditionHolds(table: TableSchema, condition: Condition, current: Values | undefined): boolean {
  if (condition.kind === 'exists') return current !== undefined
  const { column, operator, value } = condition
  const found = current?.[column] ?? null
  if (operator === '=') return isSame(table, column, value, found)
  if (operator === '!=') return !isSame(table, column, value, found)
  return found !== null && holds(operator, table.byName.get(column)?.codec.compare(found, value) ?? 0)
}

function isSame(table: TableSchema, column: string, a: unknown, b: unknown): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null)
  return table.byName.get(column)?.codec.compare(a, b) === 0
}

/** The read that shows what a conditional statement is about: its row, or the static part of its partition, whole. */
export function currentSelect(statement: WriteStatement): SelectStatement {
  const { table } = statement
  const isStatic = statement.kind === 'update' && statement.target === 'static'
  const given: Values = statement.kind === 'insert' ? statement.row : statement.key
  const keyColumns = isStatic ? table.partitionKey : [...table.partitionKey, ...table.clusteringKey]
  return {
    kind: 'select',
    table,
    target: isStatic ? 'static' : 'rows',
    columns: (isStatic ? [...table.partitionKey, ...table.staticColumns] : table.columns).map(({ name }) => name),
    key: Object.fromEntries(keyColumns.map(({ name }) => [name, given[name]])),
    bounds: [],
    reversed: false,
    limit: 1,
    from: undefined,
    idempotent: true,
  }
}
