import { seededRandom } from '@hanse/core'
import type { Random } from '@hanse/core'

/** One thing that is done to the members or the brokers of a chaos run. A member whose name begins with `p` is a process, with `h` it lives in the test. */
export type ChaosStep =
  | { readonly atMs: number; readonly what: 'join' | 'leave' | 'drop' | 'kill' | 'freeze' | 'thaw'; readonly member: string }
  | { readonly atMs: number; readonly what: 'broker-kill' | 'broker-start' | 'broker-freeze' | 'broker-thaw'; readonly broker: string }

/** What a schedule is made for. */
export interface ChaosOptions {
  readonly seed: number
  readonly seconds: number
  readonly brokers: readonly string[]
  /** At most so many members at once. */
  readonly members: number
  /** The session of the members; who is frozen, is frozen for longer. */
  readonly sessionTimeoutMs: number
}

/** What happens to members that are there; what is named twice is twice as likely. */
const processFates = ['kill', 'kill', 'freeze', 'freeze', 'leave'] as const
const guestFates = ['leave', 'drop'] as const
/** How long a broker is left in peace, so that it has caught up before the next one is harmed. */
const catchUpMs = 8_000

/** What is done when, in order of time: the same for the same options. When it is over no broker is away, nobody is frozen, and somebody is a member. */
export function chaosSchedule(options: ChaosOptions): readonly ChaosStep[] {
  const random = seededRandom(options.seed)
  return [...memberSteps(options, random), ...brokerSteps(options, random)].toSorted((a, b) => a.atMs - b.atMs)
}

function memberSteps({ seconds, members, sessionTimeoutMs }: ChaosOptions, random: Random): ChaosStep[] {
  const endMs = seconds * 1_000
  const there = ['p1', 'h2']
  const steps: ChaosStep[] = there.map((member) => ({ atMs: 0, what: 'join', member }))
  let named = there.length
  const thaws: { readonly atMs: number; readonly member: string }[] = []
  const freeze = (atMs: number, member: string): void => {
    const thawMs = Math.min(endMs, atMs + between(random, sessionTimeoutMs + 1_000, sessionTimeoutMs + 4_000))
    steps.push({ atMs, what: 'freeze', member }, { atMs: thawMs, what: 'thaw', member })
    thaws.push({ atMs: thawMs, member })
    thaws.sort((a, b) => a.atMs - b.atMs)
  }
  for (let atMs = between(random, 500, 2_000); atMs < endMs; atMs += between(random, 500, 4_000)) {
    while (thaws[0] !== undefined && thaws[0].atMs < atMs) there.push(thaws.shift()?.member ?? '')
    const hasRoom = there.length + thaws.length < members
    if (there.length === 0 || (hasRoom && (there.length === 1 || random() < 0.5))) {
      const member = `${random() < 0.7 ? 'p' : 'h'}${++named}`
      there.push(member)
      steps.push({ atMs, what: 'join', member })
      continue
    }
    const [member = ''] = there.splice(Math.floor(random() * there.length), 1)
    const what = member.startsWith('p') ? oneOf(random, processFates) : oneOf(random, guestFates)
    if (what === 'freeze' && thaws.length < 2) freeze(atMs, member)
    else steps.push({ atMs, what: what === 'freeze' ? 'kill' : what, member })
  }
  return steps
}

function brokerSteps({ seconds, brokers }: ChaosOptions, random: Random): ChaosStep[] {
  const steps: ChaosStep[] = []
  for (let atMs = between(random, 2_000, 6_000); ;) {
    const broker = oneOf(random, brokers)
    const isKilled = random() < 0.5
    const backMs = atMs + between(random, 2_000, 14_000)
    if (backMs > seconds * 1_000) return steps
    steps.push({ atMs, what: isKilled ? 'broker-kill' : 'broker-freeze', broker }, { atMs: backMs, what: isKilled ? 'broker-start' : 'broker-thaw', broker })
    atMs = backMs + catchUpMs + between(random, 0, 4_000)
  }
}

function between(random: Random, low: number, high: number): number {
  return Math.round(low + random() * (high - low))
}

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}
