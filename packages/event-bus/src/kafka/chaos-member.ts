import { appendFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { HanseError, generateId, seededRandom, silentLogger, systemClock } from '@hanse/core'
import type { CrashLine } from '../crash/crash-events.ts'
import { openEffects } from '../crash/crash-shop.ts'
import { createEventBus, createInbox } from '../index.ts'
import type { EventOf } from '../index.ts'
import { kafka } from './index.ts'
import { numbered } from '../crash/crash-events.ts'

/** The groups of a chaos run: one that notes whatever it handles, and one with an inbox. */
export const chaosGroups = ['chaos-plain', 'chaos-inbox'] as const
/** How many unfinished and how many finished events a partition holds in a chaos run. */
export const chaosBuffered = 16

/** What a member of a chaos run is told. */
export interface ChaosMemberOptions {
  /** The log of the run; the effects stand in a database beside it. */
  readonly logFile: string
  readonly brokers: readonly string[]
  readonly type: string
  readonly seed: number
}

/** A member of both groups. */
export interface ChaosMember {
  /** Resolves when it is a member: a cluster that is being harmed may refuse it at first. */
  readonly ready: Promise<void>
  close(options?: { readonly signal: AbortSignal }): Promise<void>
}

const subscribing = { from: 'earliest', concurrency: 8, maxBuffered: chaosBuffered, retry: { attempts: 100, backoff: { initialMs: 5, maxMs: 200 } } } as const

/** Joins both groups and handles, for random times and with random failures. */
export function openChaosMember({ logFile, brokers, type, seed }: ChaosMemberOptions): ChaosMember {
  const random = seededRandom(seed)
  const db = openEffects(join(dirname(logFile), 'effects.db'))
  // A member is frozen for less than the lease: one that was frozen for longer in the middle of a handler may have its effect beside a repetition.
  const inbox = createInbox({ store: db, leaseSeconds: 20 })
  const bus = createEventBus({ transport: kafka({ brokers }), source: 'chaos', logger: silentLogger })
  const write = (line: Omit<CrashLine, 'pid'>): void => appendFileSync(logFile, `${JSON.stringify({ ...line, pid: process.pid })}\n`)
  const work = async (): Promise<void> => {
    await systemClock.sleep(random() < 0.02 ? random() * 1_000 : random() * 20)
    if (random() < 0.05) throw new Error('by chance')
  }
  const event = numbered(type)
  let closed = false
  const persist = async (subscribe: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      try {
        await subscribe()
        return
      } catch (error) {
        if (closed) return
        if (!HanseError.isInstance(error) || !error.retryable) throw error
        await systemClock.sleep(200)
      }
    }
  }
  const note = async ({ data }: EventOf<typeof event>): Promise<void> => {
    await work()
    write({ what: 'handled', ...data })
  }
  const once = inbox.once(async ({ data }: EventOf<typeof event>) => {
    await work()
    return [db.effects.insert({ event: `${data.key}:${data.n}`, run: generateId() })]
  })
  const joinBoth = async (): Promise<void> => {
    await persist(() => bus.subscribe(event, { group: chaosGroups[0], ...subscribing }, note))
    await persist(() => bus.subscribe(event, { group: chaosGroups[1], ...subscribing }, once))
    write({ what: 'ready' })
  }
  return {
    ready: joinBoth(),
    async close(options) {
      closed = true
      await bus.close(options)
      await db.close()
    },
  }
}
