import { documentKey } from './index-names.ts'

/** One document, or the mark of a deleted one, on its way to the cluster. */
export interface StoredWrite {
  readonly id: string
  /** Without one, the write takes the version after the stored one. */
  readonly version?: number
  readonly deleted: boolean
  /** What is stored beside id, version and deletion mark: the inside of a JSON object, empty for a deletion. */
  readonly content: string
}

/** A write with the version it is sent with. */
export interface VersionedWrite {
  readonly write: StoredWrite
  readonly version: number
}

/**
 * The two lines of a write in a bulk request.
 *
 * The server keeps twice the version, and one more for a deletion: then "the stored one is greater" is what stale means,
 * a deletion beats a write of its own version, and the same write may be repeated. A write that has to take the next version must be greater.
 */
export function bulkLines({ write, version }: VersionedWrite): readonly [string, string] {
  const stored = BigInt(version) * 2n + (write.deleted ? 1n : 0n)
  const type = write.version === undefined ? 'external' : 'external_gte'
  const action = { index: { _id: documentKey(write.id), version: stored.toString(), version_type: type } }
  const content = write.content === '' ? '' : `,${write.content}`
  return [JSON.stringify(action), `{"id":${JSON.stringify(write.id)},"version":${version},"deleted":${write.deleted}${content}}`]
}

/** Parts writes so that no part has one document twice; parts are applied one after the other. */
export function partById(writes: readonly StoredWrite[]): readonly (readonly number[])[] {
  const parts: number[][] = []
  const times = new Map<string, number>()
  for (const [position, { id }] of writes.entries()) {
    const time = times.get(id) ?? 0
    times.set(id, time + 1)
    const part = parts[time]
    if (part === undefined) parts.push([position])
    else part.push(position)
  }
  return parts
}

/** Cuts entries into requests of at most `maxBytes`; an entry that is larger goes alone. */
export function cutBySize<T extends { readonly lines: readonly [string, string] }>(entries: readonly T[], maxBytes: number): readonly (readonly T[])[] {
  const requests: T[][] = []
  let bytes = Infinity
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.lines[0]) + Buffer.byteLength(entry.lines[1]) + 2
    if (bytes + size > maxBytes) {
      requests.push([])
      bytes = 0
    }
    requests.at(-1)?.push(entry)
    bytes += size
  }
  return requests
}
