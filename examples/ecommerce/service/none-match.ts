/** Whether an `If-None-Match` header names the tag that a resource has: one of a list, weak or strong, or `*` (RFC 9110, 13.1.2). Pure. */
export function matchesAny(header: string | readonly string[] | undefined, tag: string): boolean {
  if (header === undefined) return false
  const text = typeof header === 'string' ? header : header.join(',')
  if (text.trim() === '*') return true
  return [...text.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, opaque]) => opaque === tag)
}
