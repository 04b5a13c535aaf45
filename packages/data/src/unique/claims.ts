import { HanseError } from '@hanse/core'
import type { AbortOptions, Clock, GenerateId } from '@hanse/core'
import type { DataEngine, WriteResult } from '../engine/data-engine.ts'
import type { DataErrorCode } from '../errors.ts'
import { isConditional } from '../query/statement.ts'
import type { Values, WriteStatement } from '../query/statement.ts'
import type { TableSchema } from '../schema/table-schema.ts'
import { ClaimStore, claimsTable } from './claim-store.ts'
import type { Claim, ClaimTarget } from './claim-store.ts'
import { planClaims } from './claim-plan.ts'

export { claimsTable }

/** The outcome of a write to a table with unique columns. */
type UniqueWriteResult = WriteResult & { readonly conflict?: string }

/** Holds unique values for rows. */
export interface Claims {
  /** Whether a write touches a table with unique columns. */
  concern(statements: readonly WriteStatement[]): boolean
  /** Claims, writes, confirms. */
  write(statements: readonly WriteStatement[], options: AbortOptions): Promise<UniqueWriteResult>
  /** The row that has a unique value. */
  find(table: TableSchema, column: string, value: unknown, options: AbortOptions): Promise<Values | undefined>
}

/** What claims work with. */
export interface ClaimsOptions {
  readonly engine: DataEngine
  readonly clock: Clock
  readonly generateId: GenerateId
}

/**
 * Unique values by claim rows, because no engine can write a row and its claim at once.
 *
 * 1. Each new value is claimed by a conditional insert, `pending` and leased.
 * 2. The row is written, if the lease still has time.
 * 3. The claim becomes `held`; claims of values that the row no longer has are released.
 *
 * A claim whose writer died is judged by its row: does the row have the value, the claim stands; otherwise the next one who wants the value
 * takes it over. So an orphan never blocks for longer than the lease, and nobody has to sweep.
 */
export function createClaims(options: ClaimsOptions): Claims {
  const store = new ClaimStore(options)
  return {
    concern: (statements) => statements.some(({ table }) => table.unique.length > 0),
    write: (statements, abort) => writeWithClaims(store, options.engine, statements, abort),
    async find(table, column, value, abort) {
      const claim = await store.read({ table, column, value, rowKey: {} }, abort)
      if (claim === undefined) return undefined
      const row = await store.readRow(table, claim.rowKey, abort)
      return row !== undefined && hasValue(table, row, column, value) ? row : undefined
    },
  }
}

async function writeWithClaims(
  store: ClaimStore,
  engine: DataEngine,
  statements: readonly WriteStatement[],
  options: AbortOptions,
): Promise<UniqueWriteResult> {
  const { wanted, released } = await planClaims(store, statements, options)
  const claims: Claim[] = []
  for (const target of wanted) {
    const claim = await acquire(store, target, options)
    if (claim !== undefined) {
      claims.push(claim)
      continue
    }
    await giveUp(store, claims)
    return conflict(store, statements, target, options)
  }
  const result = await writeRows(store, engine, statements, claims, options)
  if (!result.applied) {
    await giveUp(store, claims)
    return statements.length === 1 && statements[0]?.kind === 'insert' ? { ...result, conflict: 'key' } : result
  }
  for (const claim of claims) await confirm(store, claim)
  for (const target of released) await store.release(target)
  return result
}

async function writeRows(
  store: ClaimStore,
  engine: DataEngine,
  statements: readonly WriteStatement[],
  claims: readonly Claim[],
  options: AbortOptions,
): Promise<WriteResult> {
  const late = claims.find((claim) => !store.hasTime(claim))
  if (late !== undefined) {
    await giveUp(store, claims)
    throw uniqueConflict(late.target, true)
  }
  try {
    return await engine.write(statements, options)
  } catch (error) {
    // A write that surely did not happen frees its claims; of any other the lease decides.
    if (HanseError.isInstance(error) && !error.retryable) await giveUp(store, claims)
    throw error
  }
}

/** Claims a value, or answers `undefined` when another row has it. */
async function acquire(store: ClaimStore, target: ClaimTarget, options: AbortOptions): Promise<Claim | undefined> {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const { mine, other } = await store.claim(target, options)
    if (mine !== undefined) return mine
    if (other === undefined) continue
    const live = other.state === 'pending' && store.hasTime(other)
    if (live) return store.isSameRow(other, target) ? { ...other, target, shared: true } : undefined
    const ownedElsewhere = !store.isSameRow(other, target) && (await isBacked(store, other, options))
    if (ownedElsewhere) return undefined
    const taken = await store.takeOver(other, target, options)
    if (taken !== undefined) return taken
  }
  return undefined
}

/** Whether the row of a claim has the claimed value. */
async function isBacked(store: ClaimStore, claim: Claim, options: AbortOptions): Promise<boolean> {
  const { table, column, value } = claim.target
  const row = await store.readRow(table, claim.rowKey, options)
  return row !== undefined && hasValue(table, row, column, value)
}

function hasValue(table: TableSchema, row: Values, column: string, value: unknown): boolean {
  const held = row[column]
  return held !== null && held !== undefined && table.byName.get(column)?.codec.compare(held, value) === 0
}

async function confirm(store: ClaimStore, claim: Claim): Promise<void> {
  if (await store.confirm(claim)) return
  // The lease ran out between the last look and the write. Unless the value is free again, the row just written must lose it.
  if (await store.claimHeld(claim.target)) return
  await store.removeValue(claim.target)
  throw uniqueConflict(claim.target, true)
}

/** Takes claims back after a write that did not happen; one whose row has the value all the same stands. */
async function giveUp(store: ClaimStore, claims: readonly Claim[]): Promise<void> {
  for (const claim of claims.filter(({ shared }) => shared !== true)) {
    if (await isBacked(store, claim, {})) await store.confirm(claim)
    else await store.drop(claim)
  }
}

async function conflict(store: ClaimStore, statements: readonly WriteStatement[], target: ClaimTarget, options: AbortOptions): Promise<UniqueWriteResult> {
  const [only] = statements
  if (statements.length > 1 || only?.kind !== 'insert' || !isConditional(only)) throw uniqueConflict(target, false)
  const own = await store.readRow(target.table, target.rowKey, options)
  if (own !== undefined) return { applied: false, current: [own], conflict: 'key' }
  const claim = await store.read(target, options)
  const holder = claim === undefined ? undefined : await store.readRow(target.table, claim.rowKey, options)
  return { applied: false, current: [holder], conflict: target.column }
}

function uniqueConflict(target: ClaimTarget, retryable: boolean): HanseError<DataErrorCode> {
  const why = retryable ? 'the claim on it ran out before the row was written; try again' : 'another row has it; choose another value'
  return new HanseError(`the value of the unique column '${target.column}' of '${target.table.name}' could not be taken: ${why}.`, {
    code: 'UNIQUE_CONFLICT',
    retryable,
    details: { table: target.table.name, column: target.column },
  })
}
