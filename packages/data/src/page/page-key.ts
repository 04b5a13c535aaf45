import { randomBytes } from 'node:crypto'
import { invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { DataEngine } from '../engine/data-engine.ts'
import { compileKey } from '../query/compile-key.ts'
import { compileInsert } from '../query/compile-write.ts'
import { table } from '../schema/table.ts'
import { pageKeyBytes } from './page-token.ts'

/** Where a database without a key of its own keeps one, so that tokens survive a restart and serve several processes. */
export const pageKeys = table('hanse_data_page_key', { fields: { purpose: 'text', secret: 'blob' }, key: ['purpose'], required: ['secret'], conditional: true })

/** Checks the option `pageKey`. */
export function checkPageKey(key: Uint8Array | undefined): Uint8Array | undefined {
  if (key === undefined || (key instanceof Uint8Array && key.length === pageKeyBytes)) return key
  throw invalidArgument("option 'pageKey' of createDatabase", `${pageKeyBytes} random bytes`, key instanceof Uint8Array ? `${key.length} bytes` : key)
}

/** The key in the store; the first process that needs it makes it. */
export async function storedPageKey(engine: DataEngine, options: AbortOptions): Promise<Uint8Array> {
  const schema = pageKeys.schema
  const key = compileKey(schema, { purpose: 'page-token' }, 'whole', 'get')
  const read = {
    kind: 'select',
    table: schema,
    target: 'rows',
    columns: ['secret'],
    key,
    bounds: [],
    reversed: false,
    limit: 1,
    from: undefined,
    idempotent: true,
  } as const
  const found = (await engine.read(read, options)).rows[0]?.['secret']
  if (found instanceof Uint8Array) return found
  const secret = new Uint8Array(randomBytes(pageKeyBytes))
  const result = await engine.write([compileInsert(schema, { purpose: 'page-token', secret }, true, undefined)], options)
  if (result.applied) return secret
  return storedPageKey(engine, options)
}
