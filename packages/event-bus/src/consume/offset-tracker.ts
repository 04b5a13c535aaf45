/**
 * Knows which records of one partition are unfinished, exactly, and from that how far the group may commit.
 * Offsets are delivered in rising order, gaps allowed, and finish in any order.
 */
export interface OffsetTracker {
  /** Notes a delivered record. */
  deliver(offset: number): void
  /** Notes that a record needs no more work; an offset that was never delivered, or is finished already, changes nothing. */
  finish(offset: number): void
  /** The offset to commit: everything before it is finished. Never moves backwards. */
  readonly committable: number
  /** How many delivered records are unfinished. */
  readonly unfinished: number
}

/** @param start - the committed offset to begin at */
export function createOffsetTracker(start: number): OffsetTracker {
  const order: number[] = []
  const open = new Set<number>()
  let head = 0
  let committable = start
  const advance = (): void => {
    for (let first = order[head]; first !== undefined && !open.has(first); first = order[head]) {
      committable = first + 1
      head++
    }
    if (head > 1_024 && head * 2 > order.length) {
      order.splice(0, head)
      head = 0
    }
  }
  return {
    deliver(offset) {
      order.push(offset)
      open.add(offset)
    },
    finish(offset) {
      if (open.delete(offset)) advance()
    },
    get committable() {
      return committable
    },
    get unfinished() {
      return open.size
    },
  }
}
