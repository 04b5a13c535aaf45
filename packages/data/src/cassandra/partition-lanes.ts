/** Lets work of one name run one after another, and work of different names side by side. */
export interface Lanes {
  run<T>(name: string, work: () => Promise<T>): Promise<T>
}

/** Conditional writes to one partition that race cost each other rounds of Paxos; within a process they wait for each other instead. */
export function createLanes(): Lanes {
  const lanes = new Map<string, Promise<unknown>>()
  return {
    run(name, work) {
      const before = lanes.get(name)
      const mine = before === undefined ? work() : before.then(work, work)
      lanes.set(name, mine)
      const leave = (): void => {
        if (lanes.get(name) === mine) lanes.delete(name)
      }
      mine.then(leave, leave)
      return mine
    },
  }
}
