import type { OutgoingRecord } from '../transport/event-transport.ts'

/** About how many bytes a record takes in a batch before compression: exact but for framing and for characters beyond ASCII in its key and headers. */
export function bytesOf({ key, headers, value }: OutgoingRecord): number {
  let bytes = 32 + key.length + (value?.byteLength ?? 0)
  for (const name in headers) bytes += 8 + name.length + (headers[name]?.length ?? 0)
  return bytes
}
