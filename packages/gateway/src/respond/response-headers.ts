import { nominatedFields } from '../upstream/request-headers.ts'
import type { FieldNames } from '../server/field-names.ts'

/** Fields that end at this hop, tell about the inside, or are the gateway's own. */
const stripped: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'transfer-encoding',
  'te',
  'upgrade',
  'server',
  'x-powered-by',
  'x-correlation-id',
  'via',
])

/** What {@link clientFields} works from. */
export interface ClientFieldsInput {
  /** The instance's fields, flat. */
  readonly raw: readonly string[]
  readonly internal: FieldNames
  readonly stripCookies: boolean
  /** Whether CORS is the gateway's affair, so that the instance's own answer to it is dropped. */
  readonly stripCors: boolean
  /** Our own fields, flat; they win over the instance's. */
  readonly own: readonly string[]
  /** Fields, flat and in lower case, that stand unless the instance says otherwise. */
  readonly defaults: readonly string[]
}

/** Fields for the client, and the length that they promise. */
export interface ClientFields {
  readonly fields: string[]
  /** `undefined` when the length is not known beforehand. */
  readonly contentLength: number | undefined
}

/** The fields for a client: the instance's in their order and spelling, less what must not pass, plus ours. Pure. */
export function clientFields(input: ClientFieldsInput): ClientFields {
  const { raw, internal, stripCookies, stripCors, own, defaults } = input
  const nominated = nominatedFields(connectionOf(raw))
  const fields: string[] = []
  const present = new Set<string>()
  let contentLength: number | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (stripped.has(lower) || internal.has(lower) || nominated?.has(lower) === true) continue
    if ((stripCookies && lower === 'set-cookie') || (stripCors && lower.startsWith('access-control-'))) continue
    if (lower === 'content-length') contentLength = Number(raw[i + 1])
    present.add(lower)
    fields.push(name, raw[i + 1] ?? '')
  }
  for (let i = 0; i + 1 < defaults.length; i += 2) {
    if (!present.has(defaults[i] ?? '')) fields.push(defaults[i] ?? '', defaults[i + 1] ?? '')
  }
  for (const part of own) fields.push(part)
  return { fields, contentLength }
}

function connectionOf(raw: readonly string[]): string | undefined {
  let connection: string | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length !== 10 || raw[i]?.toLowerCase() !== 'connection') continue
    connection = connection === undefined ? (raw[i + 1] ?? '') : `${connection}, ${raw[i + 1] ?? ''}`
  }
  return connection
}
