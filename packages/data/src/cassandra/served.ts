import type { EngineColumn, SchemaChange } from '../engine/schema-change.ts'
import { newlyIndexed } from './ddl.ts'

/** A release of the server: `[5, 0, 6]`. */
export type ServerVersion = readonly [major: number, minor: number, patch: number]

/** Why a server should not make a change. */
export interface Refusal {
  readonly column: string
  readonly problem: string
}

/** What keeps a server of a version from a change; `undefined` when nothing does. */
export function refusalOf(change: SchemaChange, version: ServerVersion): Refusal | undefined {
  const vectors = columnsOf(change).filter(({ type }) => type.includes('vector<'))
  const [major] = version
  const server = `the server is ${version.join('.')}`
  const refusal = ({ name, type }: EngineColumn, problem: string): Refusal => ({
    column: name,
    problem: `column '${name}' of '${change.table}' is a ${type}, ${problem}`,
  })
  const [first] = vectors
  if (first !== undefined && major < 5) return refusal(first, `which needs Cassandra 5.0 or later; ${server}.`)
  const indexed = vectors.find(({ name }) => newlyIndexed(change).includes(name))
  if (indexed === undefined || version.join('.') !== '5.0.9') return undefined
  return refusal(
    indexed,
    `whose index loses entries without an error where vectors are written side by side on Cassandra 5.0.9 (CASSANDRA-21644); ${server}, run 5.0.8 or one that has this mended.`,
  )
}

function columnsOf(change: SchemaChange): readonly EngineColumn[] {
  if (change.kind === 'create-table') return change.columns
  return change.kind === 'add-column' || change.kind === 'create-index' ? [change.column] : []
}
