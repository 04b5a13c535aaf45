import { once } from 'node:events'
import { join } from 'node:path'
import { eventually } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { createEventBus, embedded } from '../index.ts'
import { nameOf } from './crash-events.ts'
import type { CrashLine } from './crash-events.ts'
import { createCrashRun } from './crash-run.ts'
import { standstill, stopOutsideOfAWrite } from './standstill.ts'

const window = 4 /* partitions */ * 3 /* unfinished, finished, finished behind an unfinished one */ * 16 /* maxBuffered */

function expectOrderByKey(handled: readonly CrashLine[]): void {
  const last = new Map<string, number>()
  const seen = new Set<string>()
  for (const line of handled) {
    if (seen.has(nameOf(line))) continue
    seen.add(nameOf(line))
    expect(line.n).toBe((last.get(line.key ?? '') ?? -1) + 1)
    last.set(line.key ?? '', line.n ?? -1)
  }
}

describe('consumers and publishers on one file', () => {
  it('handle every acknowledged event in the order of its key, whoever is killed (seed-requirements 75, 76)', { timeout: 90_000 }, async () => {
    await using run = createCrashRun()
    const perKey = 60
    const consumers = [run.start('consumer-process.ts', 'g'), run.start('consumer-process.ts', 'g'), run.start('consumer-process.ts', 'other')]
    await run.reach('ready', 3)
    const doomed = run.start('publisher-process.ts', 'doomed', '100000')
    const lasting = run.start('publisher-process.ts', 'lasting', String(perKey))
    const ended = once(lasting, 'exit')
    let kills = 0
    for (const [index, child] of consumers.entries()) {
      await run.reach('handled', 60 * (index + 1))
      await run.kill(child)
      kills++
      run.start('consumer-process.ts', index === 2 ? 'other' : 'g')
    }
    await run.kill(doomed)
    await ended
    const acked = new Set(run.lines('acked').map(nameOf))
    expect([...acked].filter((each) => each.startsWith('lasting'))).toHaveLength(5 * perKey)
    const pidGroups = (): CrashLine[] => run.lines('handled')
    await eventually(
      () => {
        const counts = new Map<string, number>()
        for (const line of pidGroups()) counts.set(nameOf(line), (counts.get(nameOf(line)) ?? 0) + 1)
        // Two groups: each event is handled once in both.
        for (const each of acked) expect(counts.get(each) ?? 0).toBeGreaterThanOrEqual(2)
      },
      { timeoutMs: 40_000, everyMs: 50 },
    )
    const handled = pidGroups()
    expectOrderByKey(handled)
    const distinct = new Set(handled.map(nameOf)).size
    expect(handled.length - 2 * distinct).toBeLessThanOrEqual(Math.max(kills, run.lines('takeover').length) * window)
  })

  it('take over from a process that hangs, and fence it when it wakes', { timeout: 90_000 }, async () => {
    await using run = createCrashRun()
    const hanging = run.start('consumer-process.ts', 'g')
    await run.reach('ready', 1)
    run.start('consumer-process.ts', 'g')
    await run.reach('ready', 2)
    await stopOutsideOfAWrite(hanging, run.folder)
    const publisher = run.start('publisher-process.ts', 'p', '40')
    await once(publisher, 'exit')
    const acked = new Set(run.lines('acked').map(nameOf))
    await eventually(() => expect(new Set(run.lines('handled').map(nameOf))).toEqual(acked), { timeoutMs: 30_000, everyMs: 50 })
    hanging.kill('SIGCONT')
    await eventually(() => expect(run.lines('takeover').some((line) => line.pid === hanging.pid)).toBe(true), { timeoutMs: 30_000 })
    const again = run.start('publisher-process.ts', 'q', '40')
    await once(again, 'exit')
    await eventually(() => expect(new Set(run.lines('handled').map(nameOf)).size).toBe(acked.size + 200), { timeoutMs: 30_000, everyMs: 50 })
    expectOrderByKey(run.lines('handled'))
  })

  it('begin nothing that others took over while they stood still', { timeout: 90_000 }, async () => {
    await using run = createCrashRun()
    await using bus = createEventBus({ transport: embedded({ file: join(run.folder, 'bus.db') }), source: 'test' })
    const { before, after } = await standstill({ run, bus, type: 'still', brokers: '', stop: (child) => stopOutsideOfAWrite(child, run.folder) })
    expect(before.length).toBeGreaterThanOrEqual(3)
    expect(after).toEqual([])
  })
})
