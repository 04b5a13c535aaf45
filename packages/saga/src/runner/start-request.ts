import { createHash } from 'node:crypto'
import { HanseError, currentContext, formatTraceparent, parse } from '@hanse/core'
import type { GenerateId } from '@hanse/core'
import { canonicalJson, toStored } from '../definition/stored.ts'
import type { Json } from '../definition/stored.ts'
import type { SagaErrorCode } from '../errors.ts'
import type { LoggedSaga, SagaOrigin } from '../log/saga-log.ts'
import type { RegisteredGraph } from './graph-registry.ts'

/** Options of `startSaga`. */
export interface StartOptions {
  /**
   * The business key: the same key gives the same saga, however often and from wherever it is started.
   * @defaultValue a new one, so that every call starts a saga
   */
  readonly key?: string
  /**
   * Names the whole piece of business.
   * @defaultValue the correlation id of the running request, else the saga's id
   */
  readonly correlationId?: string
  /** Ends the wait for the store; the saga may be started nevertheless. */
  readonly signal?: AbortSignal
}

/** Makes what a saga starts with: validated, as the log will keep it. */
export async function toOrigin(registered: RegisteredGraph, data: unknown, options: StartOptions, at: number, generateId: GenerateId): Promise<SagaOrigin> {
  const { graph } = registered
  const subject = `the input of saga '${graph.name}'`
  const input: Json = toStored(await parse(graph.input, data, subject), subject) ?? null
  const { key } = options
  const id = key === undefined ? generateId() : sagaId(graph.name, key)
  const context = currentContext()
  return {
    id,
    name: graph.name,
    version: graph.version,
    graph: registered.fingerprint,
    input: JSON.stringify(input),
    inputHash: createHash('sha256').update(canonicalJson(input)).digest('base64url'),
    key: key ?? null,
    correlationId: options.correlationId ?? context.correlationId ?? id,
    trace: context.trace === undefined ? null : formatTraceparent(context.trace),
    startedAt: at,
  }
}

/** The id that a key gives: a UUID of version 8 (RFC 9562) made from SHA-256 of name and key. */
export function sagaId(name: string, key: string): string {
  const bytes = createHash('sha256').update(`${name}\0${key}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/**
 * Checks that a saga found under a key is the one that was asked for.
 * @throws HanseError `SAGA_KEY_CONFLICT`
 */
export function checkSameStart(asked: SagaOrigin, found: LoggedSaga): void {
  if (found.origin.name === asked.name && found.origin.inputHash === asked.inputHash) return
  throw new HanseError<SagaErrorCode>(
    `key '${asked.key}' already started saga '${asked.id}' of '${asked.name}' with another input; use a new key for a new input.`,
    { code: 'SAGA_KEY_CONFLICT', details: { id: asked.id, key: asked.key } },
  )
}
