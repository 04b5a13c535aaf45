import type { AbortOptions } from '@hanse/core'
import type { Connection } from './connection.ts'

/** Makes every write that has resolved visible to searches. */
export async function refresh(connection: Connection, index: string, alias: string, options: AbortOptions): Promise<void> {
  await connection.request({ method: 'POST', path: `/${alias}/_refresh`, subject: `refresh index '${index}'` }, options)
}
