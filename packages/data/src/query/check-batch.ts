import { HanseError } from '@hanse/core'
import { isConditional, keyOf } from './statement.ts'
import type { WriteStatement } from './statement.ts'

/**
 * Checks that several writes may be one.
 *
 * - With a condition among them: one table, one partition.
 * - Of one row, its absence, its existence and its values are not asked for together: CQL cannot say it.
 * - A plain write to a table of conditional rows needs a condition beside it.
 * - Counters do not mix with other tables.
 * - No two writes touch the same cell: engines do not agree on which would win.
 *
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function checkBatch(statements: readonly WriteStatement[]): void {
  if (statements.length === 0) throw refused('got no statement; give it at least one')
  if (statements.some(isConditional)) checkOnePartition(statements)
  else {
    const managed = statements.find((statement) => statement.table.conditional)
    if (managed !== undefined) throw refused(`writes to '${managed.table.name}' without a condition, but its rows are managed by conditional writes`)
  }
  const counters = statements.filter((statement) => statement.table.counter).length
  if (counters > 0 && counters < statements.length) throw refused('mixes counters with other tables; write counters by themselves')
  if (statements.length > 1) checkOverlap(statements)
}

function checkOnePartition(statements: readonly WriteStatement[]): void {
  const tables = [...new Set(statements.map((statement) => statement.table.name))]
  if (tables.length > 1)
    throw refused(`has conditions and the tables ${tables.map((name) => `'${name}'`).join(', ')}; with a condition all statements are of one table`)
  if (new Set(statements.map(partitionText)).size > 1)
    throw refused(`has conditions and several partitions of '${tables[0]}'; with a condition all statements are of one partition`)
  checkKindsOfConditions(statements.filter(isConditional))
}

const kindsOfConditions = { absent: 'insertIfAbsent', exists: 'ifExists()', compare: 'comparisons' } as const

function checkKindsOfConditions(statements: readonly WriteStatement[]): void {
  const kinds = new Map<string, keyof typeof kindsOfConditions>()
  for (const statement of statements) {
    for (const [part, kind] of askedParts(statement)) {
      const other = kinds.get(part) ?? kind
      if (other !== kind)
        throw refused(`asks by ${kindsOfConditions[other]} and by ${kindsOfConditions[kind]} for one row of '${statement.table.name}'; ask in one way`)
      kinds.set(part, kind)
    }
  }
}

/** What a statement asks of which row. A comparison of a static column is asked of the static part, whichever row it is written with. */
function askedParts(statement: WriteStatement): (readonly [part: string, kind: keyof typeof kindsOfConditions])[] {
  if (statement.kind === 'insert') return [[rowText(statement), 'absent']]
  const part = statement.kind === 'update' && statement.target === 'static' ? 'static' : rowText(statement)
  return statement.conditions.map((condition) =>
    condition.kind === 'exists'
      ? ([part, 'exists'] as const)
      : ([statement.table.byName.get(condition.column)?.role === 'static' ? 'static' : part, 'compare'] as const),
  )
}

/** One text a partition, for comparing. */
function partitionText(statement: WriteStatement): string {
  const key = keyOf(statement)
  return JSON.stringify([statement.table.name, ...statement.table.partitionKey.map((column) => column.codec.toJson(key[column.name]))])
}

/** One text a row; shorter for a statement on a whole partition or prefix. */
function rowText(statement: WriteStatement): string {
  const key = keyOf(statement)
  const given = statement.table.clusteringKey.filter((column) => column.name in key)
  return [partitionText(statement), ...given.map((column) => JSON.stringify(column.codec.toJson(key[column.name])))].join('\n')
}

function checkOverlap(statements: readonly WriteStatement[]): void {
  const cells = new Set<string>()
  const written = new Set<string>()
  const deleted = new Set<string>()
  for (const statement of statements) {
    const partition = partitionText(statement)
    const row = statement.kind === 'update' && statement.target === 'static' ? `${partition}\nstatic` : rowText(statement)
    if (statement.kind === 'delete') {
      if (deleted.has(row)) throw refused(`deletes the same rows of '${statement.table.name}' twice`)
      deleted.add(row)
      continue
    }
    written.add(row)
    for (const column of writtenColumns(statement)) {
      const cell = `${statement.table.byName.get(column)?.role === 'static' ? partition : row}\n:${column}`
      if (cells.has(cell)) throw refused(`writes column '${column}' of the same row of '${statement.table.name}' twice`)
      cells.add(cell)
    }
  }
  for (const row of written) if (isCovered(row, deleted, true)) throw refused('deletes rows that it also writes; engines do not agree on which would win')
  for (const row of deleted) if (isCovered(row, deleted, false)) throw refused('deletes rows of a partition or prefix that it deletes as a whole')
}

/** Whether a row, or one of the prefixes that it lies under, is among the deleted. */
function isCovered(row: string, deleted: ReadonlySet<string>, itself: boolean): boolean {
  if (deleted.size === 0) return false
  if (itself && deleted.has(row)) return true
  for (let at = row.lastIndexOf('\n'); at > 0; at = row.lastIndexOf('\n', at - 1)) {
    if (deleted.has(row.slice(0, at))) return true
  }
  return false
}

function writtenColumns(statement: Exclude<WriteStatement, { readonly kind: 'delete' }>): string[] {
  if (statement.kind === 'update') return statement.changes.map((change) => change.column)
  const inKey = (name: string): boolean => ['partition', 'clustering'].includes(statement.table.byName.get(name)?.role ?? '')
  return Object.keys(statement.row).filter((name) => !inKey(name))
}

function refused(problem: string): HanseError<'INVALID_ARGUMENT'> {
  return new HanseError(`atomically() ${problem}.`, { code: 'INVALID_ARGUMENT' })
}
