/** Who holds a partition now. */
export interface HeldPartition {
  /** From 0. */
  readonly partition: number
  /** The member that holds it, if that member is alive. */
  readonly owner: string | undefined
}

/**
 * Shares partitions out among members: as evenly as can be, and moving as few as can be. Pure and deterministic,
 * so that every process computes the same plan.
 *
 * @returns the member for each partition; empty without members
 */
export function planAssignment(held: readonly HeldPartition[], members: readonly string[]): ReadonlyMap<number, string> {
  const plan = new Map<number, string>()
  if (members.length === 0) return plan
  const quotas = quotasOf(held, members)
  const taken = new Map(members.map((member) => [member, 0]))
  const open: number[] = []
  for (const { partition, owner } of held.toSorted((a, b) => a.partition - b.partition)) {
    const count = owner === undefined ? undefined : taken.get(owner)
    if (owner === undefined || count === undefined || count >= (quotas.get(owner) ?? 0)) {
      open.push(partition)
      continue
    }
    taken.set(owner, count + 1)
    plan.set(partition, owner)
  }
  const room = members.toSorted().flatMap((member) => Array.from({ length: (quotas.get(member) ?? 0) - (taken.get(member) ?? 0) }, () => member))
  open.forEach((partition, index) => plan.set(partition, room[index] ?? ''))
  return plan
}

/** Those who hold most keep the odd ones, so that nothing moves without need. */
function quotasOf(held: readonly HeldPartition[], members: readonly string[]): ReadonlyMap<string, number> {
  const base = Math.floor(held.length / members.length)
  const odd = held.length % members.length
  const holds = (member: string): number => held.filter(({ owner }) => owner === member).length
  const ranked = members.map((member) => ({ member, count: holds(member) })).toSorted((a, b) => b.count - a.count || (a.member < b.member ? -1 : 1))
  return new Map(ranked.map(({ member }, index) => [member, base + (index < odd ? 1 : 0)]))
}
