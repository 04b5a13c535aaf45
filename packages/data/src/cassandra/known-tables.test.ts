import { errors, types } from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { KnownTables } from './known-tables.ts'

const absent = (table: string) => new errors.ResponseError(types.responseErrorCodes.invalid, `table ${table} does not exist`)

/** Tables, and a call that fails so often first. */
function calling(times: number, error: Error) {
  const waits: number[] = []
  let calls = 0
  const tables = new KnownTables({
    sleep: async (ms) => {
      waits.push(ms)
    },
  })
  const call = async (): Promise<string> => {
    if (++calls <= times) throw error
    return `answer ${calls}`
  }
  return { tables, waits, call }
}

describe('tables that the cluster has told of', () => {
  it('are waited for where a node does not serve them yet', async () => {
    const { tables, waits, call } = calling(3, absent('orders'))
    tables.add(['orders'])
    expect(await tables.served(call)).toBe('answer 4')
    expect(waits).toHaveLength(3)
  })

  it('are not waited for without end', async () => {
    const error = absent('orders')
    const { tables, waits, call } = calling(Infinity, error)
    tables.add(['orders'])
    await expect(tables.served(call)).rejects.toBe(error)
    expect(waits).toHaveLength(7)
  })

  it('are told from tables that are not there, or no longer, and from other failures', async () => {
    const other = new errors.ResponseError(types.responseErrorCodes.invalid, 'Undefined column name a in table orders')
    for (const error of [absent('customers'), absent('dropped'), other]) {
      const { tables, waits, call } = calling(1, error)
      tables.add(['orders', 'dropped'])
      tables.delete('dropped')
      await expect(tables.served(call)).rejects.toBe(error)
      expect(waits).toEqual([])
    }
  })
})
