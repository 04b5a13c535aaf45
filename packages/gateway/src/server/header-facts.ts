/** The header fields that the gateway itself acts on, read in one pass over the raw fields. */
export interface HeaderFacts {
  /** Fields in total. */
  count: number
  host: string | undefined
  authorization: string | undefined
  connection: string | undefined
  contentLength: string | undefined
  transferEncoding: string | undefined
  expect: string | undefined
  te: string | undefined
  upgrade: string | undefined
  origin: string | undefined
  requestedMethod: string | undefined
  correlationId: string | undefined
  traceparent: string | undefined
  forwardedFor: string | undefined
  forwardedProto: string | undefined
  forwardedHost: string | undefined
  /** A field that may come once came again: its name in lower case. */
  repeated: string | undefined
}

type Fact = Exclude<keyof HeaderFacts, 'count' | 'repeated'>

const facts: ReadonlyMap<string, Fact> = new Map<string, Fact>([
  ['host', 'host'],
  ['authorization', 'authorization'],
  ['connection', 'connection'],
  ['content-length', 'contentLength'],
  ['transfer-encoding', 'transferEncoding'],
  ['expect', 'expect'],
  ['te', 'te'],
  ['upgrade', 'upgrade'],
  ['origin', 'origin'],
  ['access-control-request-method', 'requestedMethod'],
  ['x-correlation-id', 'correlationId'],
  ['traceparent', 'traceparent'],
  ['x-forwarded-for', 'forwardedFor'],
  ['x-forwarded-proto', 'forwardedProto'],
  ['x-forwarded-host', 'forwardedHost'],
])

/** Fields whose lines join into one list (RFC 9110 §5.2); all others may come once. */
const lists: ReadonlySet<Fact> = new Set<Fact>(['connection', 'te', 'upgrade', 'forwardedFor', 'forwardedProto', 'forwardedHost'])
/** Fields that are replaced, not refused, when they come twice. */
const replaceable: ReadonlySet<Fact> = new Set<Fact>(['correlationId', 'traceparent'])

/** Reads the facts from raw fields (flat: name, value, name, value). Pure. */
export function readHeaderFacts(raw: readonly string[]): HeaderFacts {
  const found: HeaderFacts = {
    count: raw.length >> 1,
    host: undefined,
    authorization: undefined,
    connection: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    expect: undefined,
    te: undefined,
    upgrade: undefined,
    origin: undefined,
    requestedMethod: undefined,
    correlationId: undefined,
    traceparent: undefined,
    forwardedFor: undefined,
    forwardedProto: undefined,
    forwardedHost: undefined,
    repeated: undefined,
  }
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase()
    const fact = facts.get(name)
    if (fact !== undefined) note(found, fact, name, raw[i + 1] ?? '')
  }
  return found
}

function note(found: HeaderFacts, fact: Fact, name: string, value: string): void {
  const before = found[fact]
  if (before === undefined) found[fact] = value
  else if (lists.has(fact)) found[fact] = `${before}, ${value}`
  else if (replaceable.has(fact)) found[fact] = ''
  else found.repeated = name
}
