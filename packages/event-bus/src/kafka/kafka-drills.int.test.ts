import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateId, silentLogger, systemClock } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import { describe, expect, inject, it } from 'vitest'
import { disordered, nameOf, numbered } from '../crash/crash-events.ts'
import type { Numbered } from '../crash/crash-events.ts'
import { createCrashRun } from '../crash/crash-run.ts'
import { openEffects } from '../crash/crash-shop.ts'
import { createEventBus } from '../index.ts'
import type { EventBus } from '../index.ts'
import { kafka } from './index.ts'
import { keepPublishing } from './keep-publishing.ts'

const { kafka: server } = inject('engines')
const window = 4 /* partitions */ * 3 /* unfinished, finished, finished behind an unfinished one */ * 16 /* maxBuffered */

const steadily = { keys: ['a', 'b', 'c', 'd', 'e'], pauseMs: 5, withinMs: 60_000 }

/** Two members of one group in this process, which note what they handle. */
async function handleWithTwo(open: () => EventBus, type: string) {
  const handled: Numbered[] = []
  const buses = [open(), open()]
  const note = ({ data }: { readonly data: Numbered }): void => void handled.push(data)
  for (const bus of buses) await bus.subscribe(numbered(type), { group: 'g', from: 'earliest', maxBuffered: 16 }, note)
  return { handled, close: () => Promise.all(buses.map((bus) => bus.close())) }
}

/** Runs publishers and two members while `fault` does its harm, waits until everything acknowledged is handled, and tells how. */
async function surviving(infra: Infra, replicationFactor: number, fault: (more: (count: number) => Promise<void>) => Promise<void>) {
  const open = (): EventBus =>
    createEventBus({ transport: kafka({ brokers: infra.kafka?.brokers ?? [], replicationFactor }), source: 'drill', logger: silentLogger })
  await using publisher = open()
  const { handled, close } = await handleWithTwo(open, 'drill')
  const publishing = keepPublishing(publisher, { type: 'drill', ...steadily })
  await publishing.more(200)
  await fault(publishing.more)
  await publishing.stop()
  const { acked } = publishing
  const lost = (): readonly string[] => {
    const seen = new Set(handled.map(nameOf))
    return [...acked].filter((one) => !seen.has(one))
  }
  await eventually(() => expect(lost()).toEqual([]), { timeoutMs: 60_000, everyMs: 200 })
  await close()
  return { disordered: disordered(handled), repeated: handled.length - new Set(handled.map(nameOf)).size }
}

describe.skipIf(server === undefined)('Kafka under harm (needs kafka)', { concurrent: true }, () => {
  it(
    'loses nothing and keeps the order of keys when readers are killed; each event has one effect through the inbox (seed-requirements 75, 76)',
    { timeout: 180_000 },
    async () => {
      const brokers = server?.brokers ?? []
      const type = `drill-${generateId()}`
      await using run = createCrashRun()
      const start = () => run.start('../kafka/kafka-reader.fixture.ts', brokers.join(','), type)
      const readers = [start(), start(), start()]
      await run.reach('ready', 3)
      await using bus = createEventBus({ transport: kafka({ brokers }), source: 'drill', logger: silentLogger })
      const publishing = keepPublishing(bus, { type, ...steadily })
      for (const [index, reader] of readers.entries()) {
        await run.reach('handled', 150 * (index + 1))
        await run.kill(reader)
        start()
        await run.reach('ready', 4 + index)
      }
      await publishing.more(100)
      await publishing.stop()
      const { acked, failures } = publishing
      expect(failures).toEqual([])
      await using db = openEffects(join(run.folder, 'effects.db'))
      await db.start()
      await eventually(
        () => {
          const done = new Set(run.lines('handled').map(nameOf))
          expect([...acked].filter((one) => !done.has(one))).toEqual([])
        },
        { timeoutMs: 60_000, everyMs: 100 },
      )
      await eventually(async () => expect((await bus.lag({ group: 'reader' })).total).toBe(0), { timeoutMs: 60_000, everyMs: 100 })
      for (const one of acked) expect(await db.effects.select({ event: one })).toHaveLength(1)
      const handled = run.lines('handled')
      expect(disordered(handled)).toEqual([])
      expect(handled.length - new Set(handled.map(nameOf)).size).toBeLessThanOrEqual(readers.length * window)
    },
  )

  it('goes on with everything acknowledged when a lone broker is killed and started again', { timeout: 180_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hanse-drill-'))
    try {
      await using infra = await startInfra({ engines: ['kafka'], directory })
      const found = await surviving(infra, 1, async (more) => {
        await infra.node('kafka-1').kill()
        await systemClock.sleep(1_000)
        await infra.node('kafka-1').start()
        await more(200)
      })
      expect(found.disordered).toEqual([])
      expect(found.repeated).toBeLessThanOrEqual(2 * window)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  it('loses nothing when one of three brokers is killed, and goes on without it', { timeout: 240_000 }, async () => {
    await using infra = await startInfra({ engines: ['kafka'], nodes: 3 })
    const found = await surviving(infra, 3, async (more) => {
      await infra.node('kafka-2').kill()
      await more(200)
      await infra.node('kafka-2').start()
      await more(200)
    })
    expect(found.disordered).toEqual([])
    expect(found.repeated).toBeLessThanOrEqual(4 * window)
  })
})
