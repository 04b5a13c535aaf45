import { HanseError, invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { TableSchema } from '../schema/table-schema.ts'
import type { WriteResult } from '../engine/data-engine.ts'
import { compileKey } from './compile-key.ts'
import {
  changesAreIdempotent,
  compileChanges,
  compileComparison,
  compileEqualities,
  compileInsert,
  compileTargetKey,
  settleExistence,
  settleTarget,
  writeTtl,
} from './compile-write.ts'
import { LazyStatement } from './lazy-statement.ts'
import { compileBounds } from './select-builder.ts'
import type { Session } from './session.ts'
import { isConditional } from './statement.ts'
import type { Bound, Condition, Operator, Values, WriteStatement } from './statement.ts'
import type { WriteOptions } from './table-access.ts'

/** The declared table of a builder, as users see it. */
interface Declared {
  readonly schema: TableSchema
}

/** A statement that writes: awaited by itself, or taken by `atomically`. */
export abstract class WriteBuilder extends LazyStatement<unknown> {
  readonly table: Declared
  protected readonly session: Session
  protected readonly options: WriteOptions
  #taken = false

  constructor(session: Session, table: Declared, options: WriteOptions = {}) {
    super()
    this.session = session
    this.table = table
    this.options = options
  }

  /** The database that the write goes to. */
  static sessionOf(write: WriteBuilder): Session {
    return write.session
  }

  /** Takes the write for a batch; a statement runs once. */
  static take(write: WriteBuilder): WriteStatement {
    if (write.#taken || write.started) {
      throw new HanseError(`a write to '${write.schema.name}' was given to atomically() after it ran; a statement runs once, make a new one.`, {
        code: 'INVALID_ARGUMENT',
      })
    }
    write.#taken = true
    return write.compile()
  }

  abstract compile(): WriteStatement

  abstract get conditional(): boolean

  protected get schema(): TableSchema {
    return this.table.schema
  }

  /** What the user sees of the outcome. */
  protected outcome(result: WriteResult): unknown {
    if (!this.conditional) return undefined
    return result.applied ? result : { ...result, current: result.current[0] }
  }

  protected async run(): Promise<unknown> {
    const statement = WriteBuilder.take(this)
    if (this.schema.conditional && !isConditional(statement)) throw needsCondition(this.schema.name, statement.kind)
    return this.outcome(await this.session.write([statement], this.options))
  }
}

function needsCondition(table: string, kind: string): HanseError<'INVALID_ARGUMENT'> {
  return new HanseError(
    `a plain ${kind} on '${table}' is refused: its rows are managed by conditional writes. Add a condition, or make it part of a conditional batch.`,
    {
      code: 'INVALID_ARGUMENT',
      details: { table },
    },
  )
}

/** Inserts a row. */
export class InsertBuilder extends WriteBuilder {
  readonly #row: Values
  readonly #ifAbsent: boolean

  constructor(session: Session, table: Declared, row: Values, ifAbsent: boolean, options?: WriteOptions) {
    super(session, table, options)
    this.#row = row
    this.#ifAbsent = ifAbsent
  }

  get conditional(): boolean {
    return this.#ifAbsent
  }

  compile(): WriteStatement {
    return compileInsert(this.schema, this.#row, this.#ifAbsent, this.options.ttlSeconds)
  }
}

type AskedCondition = (table: TableSchema, target: 'row' | 'static') => readonly Condition[]

/** A write that may carry conditions; each call makes a new one. */
abstract class ConditionalBuilder extends WriteBuilder {
  protected readonly asked: readonly AskedCondition[]

  constructor(session: Session, table: Declared, options: WriteOptions | undefined, asked: readonly AskedCondition[]) {
    super(session, table, options)
    this.asked = asked
  }

  get conditional(): boolean {
    return this.asked.length > 0
  }

  if(column: string | Values, ...comparison: readonly unknown[]): ConditionalBuilder {
    if (typeof column !== 'string') return this.with((table, target) => compileEqualities(table, column, target))
    if (comparison.length !== 2) throw invalidArgument(`if('${column}', …) on '${this.schema.name}'`, 'given an operator and a value', comparison)
    const [operator, value] = comparison
    return this.with((table, target) => [compileComparison(table, column, operator as Operator, value, target)])
  }

  ifExists(): ConditionalBuilder {
    return this.with(() => [{ kind: 'exists' }])
  }

  protected abstract with(condition: AskedCondition): ConditionalBuilder

  protected conditions(target: 'row' | 'static'): Condition[] {
    return settleExistence(
      this.schema,
      this.asked.flatMap((condition) => condition(this.schema, target)),
      target,
    )
  }
}

/** Changes cells of a row or of the static part of a partition. */
export class UpdateBuilder extends ConditionalBuilder {
  readonly #target: 'row' | 'static'
  readonly #key: Values
  readonly #values: Values

  constructor(
    session: Session,
    table: Declared,
    target: 'row' | 'static',
    key: Values,
    values: Values,
    options?: WriteOptions,
    asked: readonly AskedCondition[] = [],
  ) {
    super(session, table, options, asked)
    this.#target = target
    this.#key = key
    this.#values = values
  }

  compile(): WriteStatement {
    const table = this.schema
    const given = compileTargetKey(table, this.#key, this.#target)
    const changes = compileChanges(table, this.#values, this.#target)
    const conditions = this.conditions(this.#target)
    const { target, key } = settleTarget(table, { target: this.#target, key: given, changes, conditions })
    const ttlSeconds = writeTtl(table, this.options.ttlSeconds)
    if (table.counter && (ttlSeconds !== undefined || conditions.length > 0)) {
      throw new HanseError(`update on '${table.name}' cannot have a condition or a time to live: its columns are counters.`, { code: 'INVALID_ARGUMENT' })
    }
    return { kind: 'update', table, target, key, changes, conditions, ttlSeconds, idempotent: conditions.length === 0 && changesAreIdempotent(changes) }
  }

  protected with(condition: AskedCondition): UpdateBuilder {
    return new UpdateBuilder(this.session, this.table, this.#target, this.#key, this.#values, this.options, [...this.asked, condition])
  }
}

/** Deletes one row, a slice or a whole partition. */
export class DeleteBuilder extends ConditionalBuilder {
  readonly #key: Values
  readonly #bounds: readonly { readonly column: string; readonly operator: Bound['operator']; readonly value: unknown }[]

  constructor(
    session: Session,
    table: Declared,
    key: Values,
    options?: AbortOptions,
    asked: readonly AskedCondition[] = [],
    bounds: readonly { readonly column: string; readonly operator: Bound['operator']; readonly value: unknown }[] = [],
  ) {
    super(session, table, options, asked)
    this.#key = key
    this.#bounds = bounds
  }

  where(column: string, operator: Bound['operator'], value: unknown): DeleteBuilder {
    return new DeleteBuilder(this.session, this.table, this.#key, this.options, this.asked, [...this.#bounds, { column, operator, value }])
  }

  compile(): WriteStatement {
    const table = this.schema
    const conditions = this.conditions('row')
    const key = compileKey(table, this.#key, conditions.length > 0 ? 'whole' : 'prefix', conditions.length > 0 ? 'a conditional delete' : 'delete')
    return { kind: 'delete', table, key, bounds: compileBounds(table, key, this.#bounds, 'delete'), conditions, idempotent: conditions.length === 0 }
  }

  protected with(condition: AskedCondition): DeleteBuilder {
    return new DeleteBuilder(this.session, this.table, this.#key, this.options, [...this.asked, condition], this.#bounds)
  }
}
