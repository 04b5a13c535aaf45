import { invalidArgument } from '@hanse/core'
import type { BackoffPolicy, Schema, SchemaInput, SchemaOutput } from '@hanse/core'
import { resolveRetry } from './retry-policy.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { SagaGraph, StepKind, StepNode } from './saga-graph.ts'
import type { StepContext } from './step-context.ts'
import type { Stored } from './stored.ts'

const runAttempts = 10
const undoAttempts = 20
const defaultTimeoutMs = 30_000

/** Options of {@link defineSaga}. */
export interface SagaOptions<Input extends Schema> {
  /**
   * Raise it whenever steps are added, removed, renamed or moved; keep the old definition registered while sagas of it run.
   * A running saga stays on the version it started with.
   */
  readonly version: number
  /** What input must fulfil: any Standard Schema. */
  readonly input: Input
  /**
   * Paths of input fields, dotted, through arrays as well (`payment.token`, `items.note`), that history, snapshots and logs never show.
   * They are kept in the log, because steps need them after a crash: never let raw card data into the input.
   * @defaultValue none
   */
  readonly secret?: readonly string[]
}

/** A step's time and repetition. */
export interface StepTiming<Retry> {
  /**
   * When and how often `run` is repeated.
   * @defaultValue waits from 100 ms doubling to 30 s with full jitter
   */
  readonly retry?: Retry
  /**
   * The time that one attempt of `run` has, in milliseconds. An attempt that is out of time may have happened.
   * @defaultValue 30000
   */
  readonly timeoutMs?: number
}

/** Options of a step before the pivot. */
export interface StepOptions<Input, Results, Output> extends StepTiming<RetryPolicy> {
  /** Does the step. What it returns is kept in the log as JSON. Must be idempotent by `context.idempotencyKey`. */
  readonly run: (context: StepContext<Input, Results>) => Output
  /**
   * Takes the step back. `result` is `undefined` when the outcome of `run` is not known: then undo whatever the key of `run` may have done,
   * and do nothing when that is nothing. Must be idempotent; is repeated by `undoRetry`, then the saga needs attention.
   */
  readonly undo?: (context: StepContext<Input, Results>, result: Stored<Awaited<Output>> | undefined) => unknown
  /**
   * When and how often `undo` is repeated: a budget of its own.
   * @defaultValue 20 attempts, waits from 100 ms doubling to 30 s with full jitter
   */
  readonly undoRetry?: RetryPolicy
  /**
   * The time that one attempt of `undo` has, in milliseconds.
   * @defaultValue the step's `timeoutMs`
   */
  readonly undoTimeoutMs?: number
}

/**
 * Options of the pivot. Its refusal sends the saga back; an unknown outcome is repeated until it is known,
 * or until `retry.attempts` are used up, which needs attention.
 */
export interface PivotOptions<Input, Results, Output> extends StepTiming<RetryPolicy> {
  /** Does the step. Must be idempotent by `context.idempotencyKey`. */
  readonly run: (context: StepContext<Input, Results>) => Output
  /** A pivot is never undone; a step that can be undone belongs before it. */
  readonly undo?: never
}

/** Options of a step behind the pivot: repeated until it succeeds. */
export interface RetriableOptions<Input, Results, Output> extends StepTiming<BackoffPolicy & { readonly attempts?: never }> {
  /** Does the step. Must be idempotent by `context.idempotencyKey`. */
  readonly run: (context: StepContext<Input, Results>) => Output
  /** Behind the pivot nothing is undone. */
  readonly undo?: never
}

/** A saga definition, whatever its types. */
export interface Saga<Name extends string = string, Given = unknown, Results = unknown> {
  /** The saga's name. */
  readonly name: Name
  /** The definition's version. */
  readonly version: number
  /** What the orchestrator interprets. */
  readonly graph: SagaGraph
  /** Carries types only; never there at run time. */
  readonly types?: { readonly given: Given; readonly results: Results }
}

/** What a saga is started with: the input of its schema. */
export type SagaInput<S extends Saga> = S extends Saga<string, infer Given> ? Given : never

/** What a saga's steps return, by step. */
export type SagaResults<S extends Saga> = S extends Saga<string, unknown, infer Results> ? Results : never

/** A step name that is not taken; a taken one shows as a message. */
export type FreshStep<Step extends string, Results> = Step extends keyof Results ? `the saga already has a step '${Step}'` : Step
/** Results with one more step. */
export type WithResult<Results, Step extends string, Output> = {
  readonly [Name in keyof Results | Step]: Name extends keyof Results ? Results[Name] : Stored<Awaited<Output>>
}

/** A definition that may still get a pivot. Every call makes a new definition; the old one stays as it is. */
export interface SagaBuilder<Name extends string, Given, Input, Results> extends Saga<Name, Given, Results> {
  /** Adds a step that can be undone. */
  step<const Step extends string, Output>(
    name: FreshStep<Step, Results> & Step,
    options: StepOptions<Input, Results, Output>,
  ): SagaBuilder<Name, Given, Input, WithResult<Results, Step, Output>>
  /** Adds the point of no return: once it has succeeded the saga only goes forward. */
  pivot<const Step extends string, Output>(
    name: FreshStep<Step, Results> & Step,
    options: PivotOptions<Input, Results, Output>,
  ): CommittedSagaBuilder<Name, Given, Input, WithResult<Results, Step, Output>>
}

/** A definition that has its pivot. */
export interface CommittedSagaBuilder<Name extends string, Given, Input, Results> extends Saga<Name, Given, Results> {
  /** Adds a step that is repeated until it succeeds. */
  step<const Step extends string, Output>(
    name: FreshStep<Step, Results> & Step,
    options: RetriableOptions<Input, Results, Output>,
  ): CommittedSagaBuilder<Name, Given, Input, WithResult<Results, Step, Output>>
}

/**
 * Declares a saga: its steps in order, each with what takes it back.
 *
 * @example
 * ```ts
 * const orderProcessing = defineSaga('order_processing', { version: 1, input: orderInput })
 *   .step('reserveStock', { run: (c) => inventory.reserve(c.input.items, c), undo: (c) => inventory.release(c.input.orderId, c) })
 *   .pivot('chargePayment', { run: (c) => payments.charge(c.input.payment, c) })
 *   .step('confirmOrder', { run: (c) => orders.confirm(c.input.orderId, c) })
 * ```
 * @throws HanseError `INVALID_ARGUMENT` for an empty name, a version below 1, a second step of one name, `undo` at or behind the pivot
 */
export function defineSaga<const Name extends string, Input extends Schema>(
  name: Name,
  options: SagaOptions<Input>,
): SagaBuilder<Name, SchemaInput<Input>, Stored<SchemaOutput<Input>>, Record<never, never>> {
  const { version, input, secret = [] } = options
  if (typeof name !== 'string' || !/^[\w.-]{1,100}$/.test(name))
    throw invalidArgument('the name of a saga', '1 to 100 letters, digits, underscores, dots or dashes', name)
  if (!Number.isInteger(version) || version < 1) throw invalidArgument(`option 'version' of saga '${name}'`, 'a whole number of at least 1', version)
  if (typeof input?.['~standard']?.validate !== 'function') throw invalidArgument(`option 'input' of saga '${name}'`, 'a Standard Schema', input)
  return new Definition(name, { name, version, input, secret, nodes: [] })
}

/** Options as they are looked at when types are gone. */
interface AnyStepOptions extends StepTiming<RetryPolicy> {
  readonly run: (context: never) => unknown
  readonly undo?: (context: never, result: never) => unknown
  readonly undoRetry?: RetryPolicy
  readonly undoTimeoutMs?: number
}

/** Both builders at once; the interfaces above show only what is allowed where. */
class Definition<Name extends string> implements Saga<Name, never, never> {
  readonly name: Name
  readonly graph: SagaGraph

  constructor(name: Name, graph: SagaGraph) {
    this.name = name
    this.graph = Object.freeze({ ...graph, nodes: Object.freeze([...graph.nodes]) })
  }

  get version(): number {
    return this.graph.version
  }

  step(name: string, options: AnyStepOptions): never {
    return this.#add(name, this.graph.nodes.some((node) => node.kind === 'pivot') ? 'retriable' : 'compensatable', options)
  }

  pivot(name: string, options: AnyStepOptions): never {
    const pivot = this.graph.nodes.find((node) => node.kind === 'pivot')
    if (pivot !== undefined) throw invalidArgument(`a second pivot of saga '${this.name}'`, `a step, because '${pivot.name}' is its pivot`, name)
    return this.#add(name, 'pivot', options)
  }

  /** The types of the result follow from the interfaces; what is made is the same for all. */
  #add(name: string, kind: StepKind, options: AnyStepOptions): never {
    if (this.graph.nodes.some((node) => node.name === name)) throw invalidArgument(`a step of saga '${this.name}'`, 'named like no other step of it', name)
    return new Definition(this.name, { ...this.graph, nodes: [...this.graph.nodes, makeNode(this.name, name, kind, options)] }) as never
  }
}

function makeNode(saga: string, name: string, kind: StepKind, options: AnyStepOptions): StepNode {
  const subject = `step '${name}' of saga '${saga}'`
  const { run, undo, timeoutMs = defaultTimeoutMs, undoTimeoutMs = timeoutMs } = options
  if (typeof name !== 'string' || !/^[\w.-]{1,100}$/.test(name))
    throw invalidArgument(`the name of a step of saga '${saga}'`, '1 to 100 letters, digits, underscores, dots or dashes', name)
  if (typeof run !== 'function') throw invalidArgument(`option 'run' of ${subject}`, 'a function', run)
  if (undo !== undefined && kind !== 'compensatable') throw invalidArgument(`option 'undo' of ${subject}`, 'absent at and behind the pivot', undo)
  if (undo !== undefined && typeof undo !== 'function') throw invalidArgument(`option 'undo' of ${subject}`, 'a function', undo)
  for (const [option, value] of Object.entries({ timeoutMs, undoTimeoutMs })) {
    if (!(Number.isFinite(value) && value > 0)) throw invalidArgument(`option '${option}' of ${subject}`, 'a number above 0', value)
  }
  if (kind === 'retriable' && options.retry?.attempts !== undefined)
    throw invalidArgument(
      `option 'retry.attempts' of ${subject}`,
      'absent behind the pivot, where a step is repeated until it succeeds',
      options.retry.attempts,
    )
  return Object.freeze({
    type: 'step',
    name,
    kind,
    undoable: undo !== undefined,
    retry: resolveRetry(options.retry, kind === 'compensatable' ? runAttempts : Number.POSITIVE_INFINITY, subject),
    undoRetry: resolveRetry(options.undoRetry, undoAttempts, `undo of ${subject}`),
    timeoutMs,
    undoTimeoutMs,
    // The builder's types tied context and result to the functions when they were given.
    run: run as StepNode['run'],
    undo: (undo ?? doNothing) as StepNode['undo'],
  })
}

function doNothing(): void {}
