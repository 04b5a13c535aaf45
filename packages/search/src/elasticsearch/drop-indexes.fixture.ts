/** Removes every index that a test made, found by its prefix. */
export async function dropIndexes(node: string, prefix: string): Promise<void> {
  const answer = await fetch(`${node}/_cat/indices/${prefix}*?format=json&h=index`)
  const found = (await answer.json()) as readonly { readonly index: string }[]
  for (const { index } of found) await fetch(`${node}/${index}`, { method: 'DELETE' })
}
