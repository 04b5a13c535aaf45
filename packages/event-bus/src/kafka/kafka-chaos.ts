import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { silentLogger, systemClock } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import { disordered, nameOf, numbered } from '../crash/crash-events.ts'
import { createCrashRun } from '../crash/crash-run.ts'
import type { CrashRun } from '../crash/crash-run.ts'
import { openEffects } from '../crash/crash-shop.ts'
import { createEventBus } from '../index.ts'
import type { EventBus } from '../index.ts'
import { chaosBuffered, chaosGroups, openChaosMember } from './chaos-member.ts'
import type { ChaosMember } from './chaos-member.ts'
import { chaosSchedule } from './chaos-schedule.ts'
import type { ChaosStep } from './chaos-schedule.ts'
import { kafka } from './index.ts'
import { keepPublishing } from './keep-publishing.ts'

/** A broker that can be harmed. */
export interface ChaosNode {
  readonly name: string
  readonly host: string
  readonly port: number
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  continue(): Promise<void>
}

/** How long and how hard a chaos run is. */
export interface ChaosRunOptions {
  /** The brokers, which nobody else may use. */
  readonly nodes: readonly ChaosNode[]
  readonly seed: number
  /** How long harm is done; starting before it and healing after it take longer. */
  readonly seconds: number
  readonly log?: (line: string) => void
}

/** What came of a chaos run. Everything but the numbers ought to be empty. */
export interface ChaosResult {
  readonly acknowledged: number
  /** Publishes that failed: whether their events are in the log is not known. */
  readonly unknown: number
  readonly steps: Readonly<Record<string, number>>
  /** The keys whose events were first handled out of order. */
  readonly disordered: readonly string[]
  readonly repeated: number
  /** What may be repeated at most, by what the docs say. */
  readonly repeatable: number
  /** Acknowledged events that had no effect through the inbox, or several. */
  readonly wrongEffects: readonly string[]
  readonly deadLetters: number
  /** Members that ended otherwise than in order when they were asked to. */
  readonly badEnds: readonly string[]
}

/** What of it ought not to be. */
export function faultsOf(result: ChaosResult): readonly string[] {
  const { acknowledged, repeated, repeatable, deadLetters } = result
  return [
    ...result.disordered.map((key) => `key ${key} is out of order`),
    ...result.wrongEffects.map((event) => `effects of ${event}`),
    ...result.badEnds,
    ...(deadLetters > 0 ? [`${deadLetters} dead letters`] : []),
    ...(repeated > repeatable ? [`${repeated} of at most ${repeatable} repetitions`] : []),
    ...(acknowledged < 100 ? [`only ${acknowledged} events were acknowledged`] : []),
  ]
}

const type = 'chaos'
const sessionTimeoutMs = 6_000
const keys = Array.from({ length: 12 }, (_, index) => `k${index}`)
const healing = { timeoutMs: 120_000, everyMs: 500 }

/** Members that come and go, publishers, and harm by a schedule; then everything heals, and is counted. */
export async function runKafkaChaos({ nodes, seed, seconds, log = () => undefined }: ChaosRunOptions): Promise<ChaosResult> {
  const brokers = nodes.map(({ host, port }) => `${host}:${port}`)
  await using run = createCrashRun()
  await using bus = createEventBus({ transport: kafka({ brokers, replicationFactor: 3 }), source: 'chaos', logger: silentLogger })
  await bus.start()
  await bus.publish(numbered(type), { key: 'first', n: 0 })
  const crowd = createCrowd(run, brokers, seed)
  const publishing = keepPublishing(bus, { type, keys, pauseMs: 60, withinMs: healing.timeoutMs })
  const steps = chaosSchedule({ seed, seconds, brokers: nodes.map(({ name }) => name), members: 5, sessionTimeoutMs })
  await perform(steps, seconds, crowd, nodes, log)
  log('healing')
  await publishing.more(50)
  await publishing.stop()
  const { acked, failures } = publishing
  await settled(bus, run, acked)
  log('settled')
  const badEnds = await crowd.end()
  const handled = run.lines('handled')
  const letters = await Promise.all(chaosGroups.map((group) => Array.fromAsync(bus.deadLetters({ group }))))
  return {
    acknowledged: acked.size,
    unknown: failures.length,
    steps: Object.fromEntries(
      Map.groupBy(steps, ({ what }) => what)
        .entries()
        .map(([what, { length }]) => [what, length]),
    ),
    disordered: disordered(handled),
    repeated: handled.length - new Set(handled.map(nameOf)).size,
    repeatable: steps.map(takeovers).reduce((sum, count) => sum + count, 0) * window,
    wrongEffects: await wrongEffects(run, acked),
    deadLetters: letters.flat().length,
    badEnds,
  }
}

/** What one member that is lost may have handled without a commit: finished, finished behind an unfinished one, and unfinished. */
const window = 4 /* partitions */ * 3 * chaosBuffered

/** How many members may lose their partitions by a step. */
function takeovers({ what }: ChaosStep): number {
  if (what === 'kill' || what === 'freeze' || what === 'drop') return 1
  return what === 'broker-kill' || what === 'broker-freeze' ? 5 : 0
}

/** Does what the schedule says, each step at its time. What a step waits for holds up no other step, but those of the same member or broker. */
async function perform(steps: readonly ChaosStep[], seconds: number, crowd: Crowd, nodes: readonly ChaosNode[], log: (line: string) => void): Promise<void> {
  const began = systemClock.monotonic()
  const lastOf = new Map<string, Promise<void>>()
  for (const step of steps) {
    await systemClock.sleep(Math.max(0, began + step.atMs - systemClock.monotonic()))
    const subject = 'member' in step ? step.member : 'broker'
    log(`${(step.atMs / 1_000).toFixed(1)} s: ${step.what} ${'member' in step ? step.member : step.broker}`)
    const act = (): Promise<void> => ('member' in step ? crowd.act(step.what, step.member) : harm(nodes, step.what, step.broker))
    lastOf.set(subject, (lastOf.get(subject) ?? Promise.resolve()).then(act))
  }
  await systemClock.sleep(Math.max(0, began + seconds * 1_000 - systemClock.monotonic()))
  await Promise.all(lastOf.values())
}

async function harm(nodes: readonly ChaosNode[], what: Extract<ChaosStep, { broker: string }>['what'], broker: string): Promise<void> {
  const node = nodes.find(({ name }) => name === broker)
  if (what === 'broker-kill') await node?.kill()
  if (what === 'broker-start') await node?.start()
  if (what === 'broker-freeze') await node?.stop()
  if (what === 'broker-thaw') await node?.continue()
}

interface Crowd {
  act(what: Extract<ChaosStep, { member: string }>['what'], member: string): Promise<void>
  /** Asks everybody to leave, and names those who did not do so in order. */
  end(): Promise<readonly string[]>
}

/** The members of a run: processes, and some in this process. */
function createCrowd(run: CrashRun, brokers: readonly string[], seed: number): Crowd {
  const processes = new Map<string, ChildProcess>()
  const guests = new Map<string, ChaosMember>()
  const badEnds: string[] = []
  let joined = 0
  const join = (member: string): void => {
    const chance = seed * 1_000 + ++joined
    if (member.startsWith('p')) {
      processes.set(member, run.start('../kafka/kafka-chaos-member.fixture.ts', brokers.join(','), type, String(chance)))
      return
    }
    const guest = openChaosMember({ logFile: run.logFile, brokers, type, seed: chance })
    guests.set(member, guest)
  }
  const leave = async (member: string): Promise<void> => {
    const child = processes.get(member)
    if (child !== undefined) {
      processes.delete(member)
      const end = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve([child.exitCode, child.signalCode])
      child.kill('SIGTERM')
      const [code, signal] = (await end) as [number | null, string | null]
      if (code !== 0) badEnds.push(`${member} ended with ${code ?? signal}`)
    }
    await guests.get(member)?.close()
    guests.delete(member)
  }
  const drop = async (member: string): Promise<void> => {
    const guest = guests.get(member)
    guests.delete(member)
    await guest?.close({ signal: AbortSignal.abort(new Error('dropped')) }).catch(() => undefined)
  }
  const kill = async (member: string): Promise<void> => {
    const child = processes.get(member)
    processes.delete(member)
    if (child === undefined) return
    if (child.exitCode !== null) badEnds.push(`${member} ended by itself with ${child.exitCode}`)
    await run.kill(child)
  }
  return {
    async act(what, member) {
      if (what === 'join') join(member)
      if (what === 'leave') await leave(member)
      if (what === 'drop') await drop(member)
      if (what === 'kill') await kill(member)
      if (what === 'freeze') processes.get(member)?.kill('SIGSTOP')
      if (what === 'thaw') processes.get(member)?.kill('SIGCONT')
    },
    async end() {
      await Promise.all([...processes.keys(), ...guests.keys()].map(leave))
      return badEnds
    },
  }
}

/** Waits until everything acknowledged was handled and nothing is behind. */
async function settled(bus: EventBus, run: CrashRun, acked: ReadonlySet<string>): Promise<void> {
  await eventually(async () => {
    const done = new Set(run.lines('handled').map(nameOf))
    const missing = [...acked].filter((one) => !done.has(one))
    const lags = await Promise.all(chaosGroups.map((group) => bus.lag({ group })))
    if (missing.length > 0 || lags.some(({ total }) => total > 0))
      throw new Error(`${missing.length} events are not handled (${missing.slice(0, 5).join()}); behind: ${JSON.stringify(lags)}`)
  }, healing)
}

async function wrongEffects(run: CrashRun, acked: ReadonlySet<string>): Promise<readonly string[]> {
  await using db = openEffects(join(run.folder, 'effects.db'))
  await db.start()
  const wrong: string[] = []
  for (const one of acked) {
    const { length } = await Array.fromAsync(db.effects.select({ event: one }))
    if (length !== 1) wrong.push(`${one}: ${length}`)
  }
  return wrong
}
