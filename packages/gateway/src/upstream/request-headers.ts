import type { FieldNames } from '../server/field-names.ts'

/** Fields that end at this hop (RFC 9110 §7.6.1), and those that the client for instances writes itself. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'host',
  'expect',
  'trailer',
])

/** What a request brings along, for {@link forwardedFields}. */
export interface ForwardedFieldsInput {
  /** The client's fields, flat. */
  readonly raw: readonly string[]
  /** The client's Connection field. */
  readonly connection: string | undefined
  /** Fields that a client may never send inwards. */
  readonly internal: FieldNames
  readonly dropAuthorization: boolean
  /** Our own fields, flat. They come after the stripping, so that a client cannot nominate them away. */
  readonly own: readonly string[]
}

/** The fields for an instance: the client's in their order and spelling, less what must not pass, plus ours. Pure. */
export function forwardedFields({ raw, connection, internal, dropAuthorization, own }: ForwardedFieldsInput): string[] {
  const nominated = nominatedFields(connection)
  const fields: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (hopByHop.has(lower) || internal.has(lower) || (dropAuthorization && lower === 'authorization')) continue
    if (nominated?.has(lower) === true) continue
    fields.push(name, raw[i + 1] ?? '')
  }
  for (const part of own) fields.push(part)
  return fields
}

/** The fields that a Connection field lists. Framing cannot be nominated away: dropping Content-Length would shift the next request. Pure. */
export function nominatedFields(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined) return undefined
  const plain = connection.toLowerCase()
  if (plain === 'keep-alive' || plain === 'close') return undefined
  const names = new Set(plain.split(',').map((name) => name.trim()))
  names.delete('content-length')
  return names
}
