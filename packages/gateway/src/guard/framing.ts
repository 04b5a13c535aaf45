import { refusal } from '../respond/refusal.ts'
import type { Refusal } from '../respond/refusal.ts'
import type { HeaderFacts } from '../server/header-facts.ts'

/** What {@link checkFraming} looks at. */
export interface Framing {
  readonly facts: HeaderFacts
  readonly httpVersion: string
  readonly url: string
  readonly maxHeaders: number
  readonly maxUrlBytes: number
}

/** `host`, `host:port` or `[v6]:port` (RFC 3986 §3.2.2), without user information. */
const authorityPattern = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/**
 * Refuses what two parsers could frame differently (RFC 9112 §6, §3.2). Node's parser has already refused the rest:
 * differing lengths, bare line feeds, folded lines. Pure.
 */
export function checkFraming({ facts, httpVersion, url, maxHeaders, maxUrlBytes }: Framing): Refusal | undefined {
  if (url.length > maxUrlBytes) return refusal(414, 'uri_too_long', `A request target may have ${maxUrlBytes} bytes.`)
  if (facts.count > maxHeaders) return refusal(431, 'headers_too_large', `A request may have ${maxHeaders} header fields.`)
  if (facts.repeated !== undefined) return refusal(400, 'bad_request', `The header field '${facts.repeated}' may come once.`)
  return checkHost(facts, httpVersion) ?? checkLength(facts, httpVersion) ?? checkExpect(facts)
}

/** Whether `authority` is a host with an optional port. Pure. */
export function isAuthority(authority: string): boolean {
  return authorityPattern.test(authority)
}

function checkHost(facts: HeaderFacts, httpVersion: string): Refusal | undefined {
  if (facts.host === undefined) return httpVersion === '1.0' ? undefined : refusal(400, 'bad_request', 'The Host header field is missing.')
  return isAuthority(facts.host) ? undefined : refusal(400, 'bad_request', 'The Host header field is malformed.')
}

function checkLength(facts: HeaderFacts, httpVersion: string): Refusal | undefined {
  const { contentLength, transferEncoding } = facts
  if (transferEncoding !== undefined) {
    const ambiguous = contentLength !== undefined || httpVersion === '1.0' || transferEncoding.toLowerCase() !== 'chunked'
    return ambiguous ? refusal(400, 'bad_request', 'The length of the body is ambiguous.') : undefined
  }
  return contentLength === undefined || /^\d{1,15}$/.test(contentLength) ? undefined : refusal(400, 'bad_request', 'Content-Length is malformed.')
}

function checkExpect(facts: HeaderFacts): Refusal | undefined {
  if (facts.expect === undefined || facts.expect.toLowerCase() === '100-continue') return undefined
  return refusal(417, 'expectation_failed', "The only expectation that can be met is '100-continue'.")
}
