import type { AbortOptions } from '@hanse/core'
import { table } from '@hanse/data'
import type { Database } from '@hanse/data'
import type { AddressCheck } from './address-rules.ts'
import { decodeRecord, encodeDocument } from './process-record.ts'
import type { DecodedRecord, ProcessRecord } from './process-record.ts'

/**
 * One row a process, overwritten whole by each beat and never deleted: it ends by its time to live, so tombstones stay bounded
 * however long instances come and go. Add it to the migrations of a cluster; embedded engines create it by themselves.
 */
export const registryInstances = table('hanse_registry_instances', {
  fields: { namespace: 'text', shard: 'int', process_id: 'uuid', sequence: 'int', document: 'text' },
  key: [['namespace', 'shard'], 'process_id'],
  required: ['sequence', 'document'],
})

/** Where a process keeps its record and reads those of all. */
export interface RecordStore {
  /** Overwrites the process's record, which then lives for `ttlSeconds`. */
  write(record: ProcessRecord, ttlSeconds: number, options: AbortOptions): Promise<void>
  /** Reads every record of the namespace, except what is not readable. */
  readAll(options: AbortOptions): Promise<readonly ProcessRecord[]>
}

/** Options of {@link createRecordStore}. */
export interface RecordStoreOptions {
  readonly store: Database
  readonly namespace: string
  readonly shards: number
  readonly check: AddressCheck
  /** Told once of each thing that had to be left out. */
  readonly onProblem: (processId: string, problem: string) => void
}

/** A {@link RecordStore} on any database of `@hanse/data`. */
export function createRecordStore(options: RecordStoreOptions): RecordStore {
  const { namespace, shards } = options
  const db = options.store.extend({ registryInstances })
  const decoder = new RecordDecoder(options)
  return {
    async write(record, ttlSeconds, { signal }) {
      const { processId, sequence } = record
      const row = { namespace, shard: shardOf(processId, shards), process_id: processId, sequence, document: encodeDocument(record) }
      await db.registryInstances.insert(row, { ttlSeconds, ...(signal === undefined ? {} : { signal }) })
    },
    async readAll({ signal }) {
      const readShard = (shard: number) => db.registryInstances.select({ namespace, shard }, signal === undefined ? {} : { signal })
      const shardRows = await Promise.all(Array.from({ length: shards }, (_, shard) => readShard(shard)))
      return decoder.decode(shardRows.flat())
    },
  }
}

interface StoredRow {
  readonly process_id: string
  readonly sequence: number
  readonly document: string
}

/** Decodes only the documents that changed since the last read: most beats change the sequence alone. */
class RecordDecoder {
  readonly #options: Pick<RecordStoreOptions, 'check' | 'onProblem'>
  #known = new Map<string, { readonly document: string; readonly decoded: DecodedRecord | string }>()

  constructor(options: Pick<RecordStoreOptions, 'check' | 'onProblem'>) {
    this.#options = options
  }

  decode(rows: readonly StoredRow[]): readonly ProcessRecord[] {
    const before = this.#known
    this.#known = new Map()
    const records: ProcessRecord[] = []
    for (const row of rows) {
      const { process_id: processId, sequence, document } = row
      const known = before.get(processId)
      const entry = known?.document === document ? known : { document, decoded: this.#decodeNew(row) }
      this.#known.set(processId, entry)
      if (typeof entry.decoded !== 'string') records.push({ ...entry.decoded.record, sequence })
    }
    return records
  }

  #decodeNew({ process_id: processId, sequence, document }: StoredRow): DecodedRecord | string {
    const decoded = decodeRecord(processId, sequence, document, this.#options.check)
    const problems = typeof decoded === 'string' ? [decoded] : decoded.problems
    for (const problem of problems) this.#options.onProblem(processId, problem)
    return decoded
  }
}

// The last hexadecimal digits of a UUIDv7 are random, so they spread processes evenly.
function shardOf(processId: string, shards: number): number {
  return Number.parseInt(processId.slice(-6), 16) % shards
}
