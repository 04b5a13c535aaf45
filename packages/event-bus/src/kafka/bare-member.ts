import { generateId, silentLogger } from '@hanse/core'
import type { GroupClientOptions } from './kafka-client.ts'

/** What a member that is alone in its group, and takes no notice of anything, tells its client. */
export const bareMember = (topic: string): GroupClientOptions => ({
  group: `g-${generateId()}`,
  topic,
  partitions: 4,
  sessionTimeoutMs: 6_000,
  logger: silentLogger,
  claims: () => ({ memberId: undefined, held: [] }),
  plan: (members) => new Map([...members.keys()].map((id) => [id, [0, 1, 2, 3]])),
  joined: () => undefined,
  fetched: () => undefined,
  alive: () => undefined,
  crashed: () => undefined,
})
