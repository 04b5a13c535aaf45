import { invalidArgument } from '@hanse/core'

/** One segment of a path pattern. */
export type PatternSegment =
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'rest' }

/**
 * Reads a path pattern. Never makes a regular expression of it.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function parsePattern(pattern: string): readonly PatternSegment[] {
  const texts = splitPath(pattern)
  const segments = texts.flatMap((text, index) => segmentOf(text, index === texts.length - 1) ?? [])
  const names = segments.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []))
  if (!pattern.startsWith('/') || pattern.includes('//') || segments.length < texts.length || new Set(names).size < names.length) {
    throw invalidArgument('a route path', "fixed segments, ':name' and a final '*', like '/api/users/:id/*'", pattern)
  }
  return segments
}

/** The segments of a path, without the empty ones at its ends: `/api/x/` has two. */
export function splitPath(path: string): readonly string[] {
  const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length
  return end <= 1 ? [] : path.slice(1, end).split('/')
}

function segmentOf(text: string, last: boolean): PatternSegment | undefined {
  if (text === '*') return last ? { kind: 'rest' } : undefined
  if (text.startsWith(':')) return /^:[A-Za-z_]\w*$/.test(text) ? { kind: 'parameter', name: text.slice(1) } : undefined
  return /^[\w.~-]+$/.test(text) && text !== '.' && text !== '..' ? { kind: 'fixed', text } : undefined
}
