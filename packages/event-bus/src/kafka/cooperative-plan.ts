import { planAssignment } from '../transport/assignment-plan.ts'

/** What a member says of itself when it joins a round. */
export interface MemberClaims {
  /** Under which id it holds its partitions; another one than now means that the group has given them away. */
  readonly memberId: string | undefined
  /** What it holds, also what it is about to give back. */
  readonly held: readonly number[]
}

/** The claims of a member, or undefined when it said nothing that can be read. */
export type GroupClaims = MemberClaims | undefined

/** Partitions by member id. */
export type GroupPlan = ReadonlyMap<string, readonly number[]>

/**
 * Shares a topic's partitions out as Kafka's cooperative protocol does (KIP-429), over a client that knows only the eager one:
 * a partition that is to move is given to nobody until its holder has drained it and asks for another round. Pure and deterministic.
 */
export function planCooperatively(partitions: number, members: ReadonlyMap<string, GroupClaims>): GroupPlan {
  const owners = ownersOf(members)
  const held = Array.from({ length: partitions }, (_, partition) => ({ partition, owner: owners.get(partition) }))
  const ids = [...members.keys()]
  const wanted = planAssignment(held, ids)
  const plan = new Map<string, number[]>(ids.map((id) => [id, []]))
  for (const { partition, owner } of held) {
    const target = wanted.get(partition)
    if (target !== undefined && (owner === undefined || owner === target)) plan.get(target)?.push(partition)
  }
  return plan
}

function ownersOf(members: ReadonlyMap<string, GroupClaims>): ReadonlyMap<number, string> {
  const owners = new Map<number, string>()
  for (const id of [...members.keys()].toSorted()) {
    const claims = members.get(id)
    if (claims?.memberId !== id) continue
    for (const partition of claims.held) if (!owners.has(partition)) owners.set(partition, id)
  }
  return owners
}
