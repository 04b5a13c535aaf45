import { refusal } from '../respond/refusal.ts'
import type { Refusal } from '../respond/refusal.ts'

/** A request target that is safe to route and to forward: one spelling, decided once. */
export interface Target {
  /** Starts with `/`; has no empty, `.` or `..` segment, no encoded slash, backslash, dot or control character. */
  readonly path: string
  /** With its `?`, byte for byte as it came; empty when there is none. */
  readonly query: string
  /** The authority of an absolute-form target, which wins over the Host field (RFC 9112 §3.2.2). */
  readonly authority?: string
}

const absoluteForm = /^https?:\/\/([^/?#]*)/i
/** Control characters, space, backslash, fragment, anything beyond ASCII; `//`; dot segments, also with a path parameter behind. */
const forbiddenPlain = /[^!-~]|[\\#]|\/\/|\/\.{1,2}(?:[/;]|$)/
/** Encoded `/`, `\`, `.`, control characters; a stray per cent sign. */
const forbiddenEncoded = /%(?:2[ef]|5c|[01][0-9a-f]|7f)|%(?![0-9a-f]{2})/i
const encodedUnreserved = /%(?:2d|5f|7e|3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])/gi

/**
 * Takes a request target apart and refuses every spelling that two programs could read differently.
 * Encoded letters, digits, `-`, `_` and `~` are decoded (RFC 3986 §6.2.2.2), so that `/%61pi` and `/api` meet the same guards.
 */
export function parseTarget(url: string): Target | Refusal {
  const authority = absoluteForm.exec(url)?.[1]
  const rest = authority === undefined ? url : originForm(url.slice(url.indexOf('//') + 2 + authority.length))
  const mark = rest.indexOf('?')
  const path = mark === -1 ? rest : rest.slice(0, mark)
  const query = mark === -1 ? '' : rest.slice(mark)
  const clean = cleanPath(path)
  if (clean === undefined || /[^!-~\u0080-\u00ff]|#/.test(query)) return refusal(400, 'invalid_path', 'The request target is ambiguous or malformed.')
  return authority === undefined ? { path: clean, query } : { path: clean, query, authority }
}

function originForm(rest: string): string {
  return rest.startsWith('/') ? rest : `/${rest}`
}

function cleanPath(path: string): string | undefined {
  if (!path.startsWith('/') || forbiddenPlain.test(path)) return undefined
  if (!path.includes('%')) return path
  if (forbiddenEncoded.test(path) || !decodes(path)) return undefined
  return path.replace(encodedUnreserved, decodeURIComponent)
}

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    // Not UTF-8, for instance an overlong form of a slash: two decoders could disagree on it.
    return false
  }
}
