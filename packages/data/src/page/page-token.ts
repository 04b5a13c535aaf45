import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { HanseError } from '@hanse/core'
import type { DataErrorCode } from '../errors.ts'
import type { ReadStatement, ScanStatement, SelectStatement } from '../query/statement.ts'

const version = 1
const ivBytes = 12
const tagBytes = 16
const longestToken = 4_096

/** The length of a page key in bytes. */
export const pageKeyBytes = 32

/**
 * Seals an engine's position as a token (AES-256-GCM, base64url). It is bound to table, columns, partition, slice and direction,
 * so that it opens for the same query only; the number of rows a page may change.
 */
export function sealPosition(key: Uint8Array, statement: ReadStatement, position: Uint8Array): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(queryDigest(statement))
  const sealed = Buffer.concat([cipher.update(position), cipher.final()])
  return Buffer.concat([Uint8Array.of(version), iv, sealed, cipher.getAuthTag()]).toString('base64url')
}

/**
 * Opens a token.
 * @throws HanseError `INVALID_CURSOR` for anything that {@link sealPosition} did not make for this query and key
 */
export function openPosition(key: Uint8Array, statement: ReadStatement, token: unknown): Uint8Array {
  const bytes = decode(token)
  if (bytes === undefined) throw invalidCursor(statement)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + ivBytes), { authTagLength: tagBytes })
    decipher.setAAD(queryDigest(statement))
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes, -tagBytes)), decipher.final()])
  } catch (error) {
    throw invalidCursor(statement, error)
  }
}

function decode(token: unknown): Buffer | undefined {
  if (typeof token !== 'string' || token.length > longestToken || !/^[\w-]+$/.test(token)) return undefined
  const bytes = Buffer.from(token, 'base64url')
  // Base64 has several texts for the same bytes; only the one that was given out is accepted.
  const sound = bytes.length > 1 + ivBytes + tagBytes && bytes[0] === version && bytes.toString('base64url') === token
  return sound ? bytes : undefined
}

function queryDigest(statement: ReadStatement): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([statement.table.name, statement.columns, ...(statement.kind === 'scan' ? scanParts(statement) : selectParts(statement))]))
    .digest()
}

function selectParts({ table, key, bounds, reversed }: SelectStatement): readonly unknown[] {
  const keyJson = Object.keys(key).map((name) => [name, table.byName.get(name)?.codec.toJson(key[name])])
  const boundsJson = bounds.map(({ column, operator, value }) => [column, operator, table.byName.get(column)?.codec.toJson(value)])
  return [keyJson, boundsJson, reversed]
}

function scanParts({ table, target, filters }: ScanStatement): readonly unknown[] {
  const filtersJson = filters.map(({ column, operator, value }) => {
    const schema = table.byName.get(column)
    return [column, operator, (operator === 'contains' ? schema?.elementCodec : schema?.codec)?.toJson(value)]
  })
  return ['scan', target, filtersJson]
}

function invalidCursor(statement: ReadStatement, cause?: unknown): HanseError<DataErrorCode> {
  return new HanseError(`the page token for '${statement.table.name}' is not one that this query gave out; start again from the first page.`, {
    code: 'INVALID_CURSOR',
    details: { table: statement.table.name },
    cause,
  })
}
