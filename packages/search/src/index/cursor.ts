import { createHash } from 'node:crypto'
import { searchError } from '../errors.ts'

/** A value as a cursor carries it. */
export type CursorValue = string | number | null

/** Identifies the query that a cursor belongs to: a hash over plain data, in which bigints are told from numbers. */
export function queryFingerprint(query: unknown): string {
  const plain = JSON.stringify(query, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  return createHash('sha256').update(plain).digest('base64url').slice(0, 16)
}

/** Writes a position as an opaque text that only the same query takes back. It is checked, not secret: it holds sort values and an id. */
export function encodeCursor(values: readonly CursorValue[], fingerprint: string): string {
  const body = JSON.stringify(values)
  return Buffer.from(`${checksum(body, fingerprint)}${body}`).toString('base64url')
}

/**
 * Reads a cursor back.
 * @throws HanseError `INVALID_CURSOR` for one that was altered or comes from another query
 */
export function decodeCursor(cursor: string, fingerprint: string): readonly CursorValue[] {
  const plain = Buffer.from(cursor, 'base64url').toString('utf8')
  const body = plain.slice(16)
  if (plain.slice(0, 16) === checksum(body, fingerprint)) return JSON.parse(body) as readonly CursorValue[]
  throw searchError('INVALID_CURSOR', 'the cursor does not belong to this query; repeat the query without one to start again.')
}

function checksum(body: string, fingerprint: string): string {
  return createHash('sha256').update(`${fingerprint} ${body}`).digest('base64url').slice(0, 16)
}
