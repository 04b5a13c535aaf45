/**
 * Which version a change takes over what is stored; `undefined` when it is stale.
 * A deletion beats a write of the same version, and the same write may be repeated, so that any order of delivery ends the same.
 */
export function decideVersion(
  write: { readonly kind: 'index' | 'delete'; readonly version?: number },
  stored: Readonly<Record<string, unknown>> | undefined,
): number | undefined {
  const current = stored === undefined ? undefined : Number(stored['version'])
  if (write.version === undefined) return (current ?? 0) + 1
  if (current === undefined || write.version > current) return write.version
  if (write.version < current) return undefined
  return stored?.['deleted'] === 1 && write.kind === 'index' ? undefined : write.version
}
