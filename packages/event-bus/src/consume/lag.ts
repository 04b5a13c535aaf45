import type { GroupPosition } from '../transport/event-transport.ts'

/** How far a group is behind. */
export interface GroupLag {
  /** The group. */
  readonly group: string
  /** How many records lie between what is committed and the ends of all partitions; gaps in a log count, too. */
  readonly total: number
  /** The same for each partition that the group reads, also those of its replay topics. */
  readonly partitions: readonly PartitionLag[]
}

/** How far a group is behind in one partition. */
export interface PartitionLag extends GroupPosition {
  /** `end` less `committed`. */
  readonly lag: number
}

/** Sums up where a group stands. Pure. */
export function summarizeLag(group: string, positions: readonly GroupPosition[]): GroupLag {
  const partitions = positions.map((position) => ({ ...position, lag: Math.max(0, position.end - position.committed) }))
  return { group, total: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions }
}
