import { instanceProblem } from './register-options.ts'
import type { RegisterOptions } from './register-options.ts'
import type { AddressCheck } from './address-rules.ts'
import type { Instance, InstanceStatus } from './instance.ts'

/** What one process keeps in the store: one row, overwritten by every beat. */
export interface ProcessRecord {
  /** A UUIDv7, new at every start. */
  readonly processId: string
  /** Grows by one with every write of the row; its progress, and nothing else, proves life. */
  readonly sequence: number
  /** How often the process means to beat. */
  readonly beatEveryMs: number
  /** The instances that the process registered. */
  readonly instances: readonly RecordedInstance[]
}

/** An instance as its own process records it. */
export interface RecordedInstance {
  readonly instance: Instance
  readonly status: InstanceStatus
}

/** A record that was read, with what had to be left out. */
export interface DecodedRecord {
  readonly record: ProcessRecord
  /** One sentence for each instance that was refused. */
  readonly problems: readonly string[]
}

interface Document {
  readonly everyMs: number
  readonly instances: readonly DocumentInstance[]
}

interface DocumentInstance {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly version: string
  readonly healthUrl?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly zone?: string
  readonly weight?: number
  readonly startedAt: number
  readonly incarnation: number
  readonly status: InstanceStatus
}

const statuses: readonly InstanceStatus[] = ['up', 'leaving', 'left']

/** The part of a record that goes into one text cell, so that a departed process leaves few dead cells behind. */
export function encodeDocument(record: ProcessRecord): string {
  const document: Document = { everyMs: record.beatEveryMs, instances: record.instances.map(encodeInstance) }
  return JSON.stringify(document)
}

function encodeInstance({ instance, status }: RecordedInstance): DocumentInstance {
  const { id, service, url, version, healthUrl, metadata, zone, weight, startedAt, incarnation } = instance
  return {
    id,
    name: service,
    url,
    version,
    ...(healthUrl === undefined ? {} : { healthUrl }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(zone === undefined ? {} : { zone }),
    ...(weight === 1 ? {} : { weight }),
    startedAt: startedAt.getTime(),
    incarnation,
    status,
  }
}

/**
 * Reads what another process wrote, trusting nothing: each instance passes the same checks as at registration.
 * Returns what is wrong when the whole cannot be read.
 */
export function decodeRecord(processId: string, sequence: number, document: string, check: AddressCheck): DecodedRecord | string {
  const parsed = parseDocument(document)
  if (parsed === undefined) return `the record of process ${processId} is not readable`
  const problems: string[] = []
  const instances: RecordedInstance[] = []
  for (const entry of parsed.instances) {
    const decoded = decodeInstance(entry, check)
    if (typeof decoded === 'string') problems.push(decoded)
    else instances.push(decoded)
  }
  return { record: { processId, sequence, beatEveryMs: parsed.everyMs, instances }, problems }
}

function parseDocument(text: string): { everyMs: number; instances: readonly unknown[] } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value) || typeof value['everyMs'] !== 'number' || !(value['everyMs'] > 0) || !Array.isArray(value['instances'])) return undefined
    return { everyMs: value['everyMs'], instances: value['instances'] }
  } catch {
    // Not JSON: the caller reports it with the process's id.
    return undefined
  }
}

function decodeInstance(entry: unknown, check: AddressCheck): RecordedInstance | string {
  if (!isRecord(entry)) return 'an instance record is no object'
  const { id, startedAt, incarnation } = entry
  const status = statuses.find((known) => known === entry['status'])
  if (typeof id !== 'string' || !Number.isFinite(startedAt) || !Number.isSafeInteger(incarnation) || status === undefined) {
    return 'an instance record lacks its id, start time, incarnation or status'
  }
  const identity = { id, startedAt: new Date(Number(startedAt)), incarnation: Number(incarnation) }
  // The fields are checked one by one by the same function that guards `register`; the type only says which of them it will look at.
  const instance = instanceProblem(entry as RegisterOptions & Record<string, unknown>, identity, check)
  return typeof instance === 'string' ? instance : { instance, status }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
