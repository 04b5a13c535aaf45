import type { AbortOptions, Clock, GenerateId } from '@hanse/core'
import type { DataEngine } from '../engine/data-engine.ts'
import { compileKey } from '../query/compile-key.ts'
import { compileInsert } from '../query/compile-write.ts'
import type { CellChange, SelectStatement, UpdateStatement, Values } from '../query/statement.ts'
import { table } from '../schema/table.ts'
import type { TableSchema } from '../schema/table-schema.ts'
import { decodeRowKey, encodeRowKey } from './claim-plan.ts'

/** One row a claimed value. */
export const claimsTable = table('hanse_data_claims', {
  fields: { table_name: 'text', column_name: 'text', value: 'text', row_key: 'text', claim_id: 'uuid', state: 'text', leased_until: 'timestamp' },
  key: [['table_name', 'column_name', 'value']],
  required: ['row_key', 'claim_id', 'state', 'leased_until'],
  conditional: true,
})

/** A unique value and the row that wants it. */
export interface ClaimTarget {
  readonly table: TableSchema
  readonly column: string
  readonly value: unknown
  readonly rowKey: Values
}

/** A claim as it is in the store. */
export interface Claim {
  readonly target: ClaimTarget
  readonly id: string
  readonly rowKey: Values
  readonly state: 'pending' | 'held'
  readonly leasedUntilMs: number
  /** Whether another write of the same row made it. */
  readonly shared?: boolean
}

/** How long a writer may take between its claim and its row. */
const leaseMs = 30_000

/** What a claim store works with. */
interface ClaimStoreOptions {
  readonly engine: DataEngine
  readonly clock: Clock
  readonly generateId: GenerateId
}

/** The claims table, in the words of claims. */
export class ClaimStore {
  readonly #engine: DataEngine
  readonly #clock: Clock
  readonly #generateId: GenerateId

  constructor({ engine, clock, generateId }: ClaimStoreOptions) {
    this.#engine = engine
    this.#clock = clock
    this.#generateId = generateId
  }

  /** Whether a lease has enough time left for a write. */
  hasTime(claim: Pick<Claim, 'leasedUntilMs'>): boolean {
    return claim.leasedUntilMs > this.#clock.now()
  }

  isSameRow(claim: Claim, target: ClaimTarget): boolean {
    return encodeRowKey(target.table, claim.rowKey) === encodeRowKey(target.table, target.rowKey)
  }

  async read(target: ClaimTarget, options: AbortOptions): Promise<Claim | undefined> {
    const { rows } = await this.#engine.read(select(claimsTable.schema, claimKey(target)), options)
    return toClaim(target, rows[0])
  }

  async readRow(schema: TableSchema, rowKey: Values, options: AbortOptions): Promise<Values | undefined> {
    const { rows } = await this.#engine.read(select(schema, compileKey(schema, rowKey, 'whole', 'get')), options)
    return rows[0]
  }

  /** Claims a free value; otherwise says who has it. */
  async claim(target: ClaimTarget, options: AbortOptions): Promise<{ readonly mine?: Claim; readonly other?: Claim | undefined }> {
    const mine = this.#newClaim(target)
    const result = await this.#engine.write([this.#insert(mine)], options)
    return result.applied ? { mine } : { other: toClaim(target, result.current[0]) }
  }

  /** Claims a value as held, for a row that has it already. */
  async claimHeld(target: ClaimTarget): Promise<boolean> {
    const result = await this.#engine.write([this.#insert({ ...this.#newClaim(target), state: 'held' })], {})
    return result.applied
  }

  async takeOver(other: Claim, target: ClaimTarget, options: AbortOptions): Promise<Claim | undefined> {
    const mine = this.#newClaim(target)
    const result = await this.#engine.write([update(target, other.id, cells(mine))], options)
    return result.applied ? mine : undefined
  }

  async confirm(claim: Claim): Promise<boolean> {
    const result = await this.#engine.write([update(claim.target, claim.id, [{ column: 'state', kind: 'put', value: 'held' }])], {})
    return result.applied
  }

  /** Frees a value, unless the claim was taken over or confirmed meanwhile. */
  async drop(claim: Claim): Promise<void> {
    await this.#engine.write([remove(claim.target, { claim_id: claim.id, state: claim.state })], {})
  }

  /** Frees a value that a row no longer has, unless another row took it meanwhile. */
  async release(target: ClaimTarget): Promise<void> {
    const claim = await this.read(target, {})
    if (claim?.state === 'held' && this.isSameRow(claim, target)) await this.drop(claim)
  }

  /** Takes the value back out of a row that must not have it. */
  async removeValue({ table: schema, column, value, rowKey }: ClaimTarget): Promise<void> {
    const change: CellChange = { column, kind: 'remove' }
    const condition = { kind: 'compare', column, operator: '=', value } as const
    await this.#engine.write(
      [{ kind: 'update', table: schema, target: 'row', key: rowKey, changes: [change], conditions: [condition], ttlSeconds: undefined, idempotent: false }],
      {},
    )
  }

  #newClaim(target: ClaimTarget): Claim {
    return { target, id: this.#generateId(), rowKey: target.rowKey, state: 'pending', leasedUntilMs: this.#clock.now() + leaseMs }
  }

  #insert(claim: Claim): ReturnType<typeof compileInsert> {
    const values = Object.fromEntries(cells(claim).map((cell) => [cell.column, cell.value]))
    return compileInsert(claimsTable.schema, { ...claimKey(claim.target), ...values }, true, undefined)
  }
}

function cells(claim: Claim): { readonly column: string; readonly kind: 'put'; readonly value: unknown }[] {
  return [
    { column: 'row_key', kind: 'put', value: encodeRowKey(claim.target.table, claim.rowKey) },
    { column: 'claim_id', kind: 'put', value: claim.id },
    { column: 'state', kind: 'put', value: claim.state },
    { column: 'leased_until', kind: 'put', value: new Date(claim.leasedUntilMs) },
  ]
}

function claimKey({ table: schema, column, value }: ClaimTarget): Values {
  return { table_name: schema.name, column_name: column, value: JSON.stringify(schema.byName.get(column)?.codec.toJson(value)) }
}

function toClaim(target: ClaimTarget, row: Values | undefined): Claim | undefined {
  if (row === undefined) return undefined
  return {
    target,
    id: String(row['claim_id']),
    rowKey: decodeRowKey(target.table, String(row['row_key'])),
    state: row['state'] === 'held' ? 'held' : 'pending',
    leasedUntilMs: row['leased_until'] instanceof Date ? row['leased_until'].getTime() : 0,
  }
}

function select(schema: TableSchema, key: Values): SelectStatement {
  const columns = schema.columns.map((column) => column.name)
  return { kind: 'select', table: schema, target: 'rows', columns, key, bounds: [], reversed: false, limit: 1, from: undefined, idempotent: true }
}

function update(target: ClaimTarget, claimId: string, changes: readonly CellChange[]): UpdateStatement {
  const condition = { kind: 'compare', column: 'claim_id', operator: '=', value: claimId } as const
  return {
    kind: 'update',
    table: claimsTable.schema,
    target: 'row',
    key: claimKey(target),
    changes,
    conditions: [condition],
    ttlSeconds: undefined,
    idempotent: false,
  }
}

function remove(target: ClaimTarget, expected: Values) {
  const conditions = Object.entries(expected).map(([column, value]) => ({ kind: 'compare', column, operator: '=', value }) as const)
  return { kind: 'delete', table: claimsTable.schema, key: claimKey(target), bounds: [], conditions, idempotent: false } as const
}
