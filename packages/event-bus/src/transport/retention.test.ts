import { createIdGenerator, silentLogger } from '@hanse/core'
import { createManualClock, eventually } from '@hanse/core/testing'
import type { ManualClock } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { readAll, readAs, textOf, textRecord } from '../testing/transport-harness.ts'
import { embedded } from './embedded.ts'
import type { EmbeddedRetention } from './embedded.ts'
import type { TransportSession } from './event-transport.ts'

const hour = 3_600_000

async function open(retention: EmbeddedRetention): Promise<{ session: TransportSession; clock: ManualClock; beat: () => Promise<void> }> {
  const clock = createManualClock()
  const session = await embedded({ file: ':memory:', retention }).connect({ clock, generateId: createIdGenerator(), logger: silentLogger })
  await session.ensureTopics([
    { name: 'read', partitions: 1, kind: 'events' },
    { name: 'unread', partitions: 1, kind: 'events' },
    { name: 'letters', partitions: 1, kind: 'latest-by-key' },
  ])
  return { session, clock, beat: () => clock.advance(11_000) }
}

describe('retention', () => {
  it('deletes old records once every group has finished them, and keeps what one still needs (seed-requirement 75)', async () => {
    const { session, clock, beat } = await open({ handledMs: hour })
    const fast = await readAs(session, { group: 'fast', topic: 'read' })
    await readAs(session, { group: 'slow', topic: 'read', commit: false })
    await session.append([textRecord('read', 'k', 'old'), textRecord('unread', 'k', 'old'), textRecord('letters', 'k', 'old')])
    await eventually(() => expect(fast.records).toHaveLength(1))
    await clock.advance(2 * hour)
    expect((await readAll(session, 'read')).map(textOf)).toEqual(['old'])
    expect(await readAll(session, 'unread')).toEqual([])
    expect((await readAll(session, 'letters')).map(textOf)).toEqual(['old'])
    await beat()
    await session.close()
  })

  it('deletes records that all have finished, and nothing that is young', async () => {
    const { session, clock, beat } = await open({ handledMs: hour })
    const member = await readAs(session, { group: 'g', topic: 'read' })
    await session.append([textRecord('read', 'k', 'old')])
    await eventually(() => expect(member.records).toHaveLength(1))
    await clock.advance(hour / 2)
    await session.append([textRecord('read', 'k', 'young')])
    await clock.advance(hour / 2 + 2_000)
    await beat()
    expect((await readAll(session, 'read')).map(textOf)).toEqual(['young'])
    await session.append([textRecord('read', 'k', 'next')])
    await eventually(() => expect(member.records.map(textOf)).toEqual(['old', 'young', 'next']))
    await session.close()
  })

  it('deletes unfinished records only at maxMs, and goes on behind them', async () => {
    const { session, clock } = await open({ handledMs: hour, maxMs: 3 * hour })
    const left = await readAs(session, { group: 'g', topic: 'read', from: 'latest' })
    await left.leave()
    await session.append([textRecord('read', 'k', 'lost')])
    const other = await readAs(session, { group: 'beats', topic: 'unread' })
    await clock.advance(2 * hour)
    expect(await readAll(session, 'read')).toHaveLength(1)
    await clock.advance(2 * hour)
    expect(await readAll(session, 'read')).toHaveLength(0)
    await session.append([textRecord('read', 'k', 'kept')])
    const back = await readAs(session, { group: 'g', topic: 'read' })
    await eventually(() => expect(back.records.map(textOf)).toEqual(['kept']))
    await other.leave()
    await session.close()
  })

  it('deletes a bounded number of records at a time', async () => {
    const { session, clock, beat } = await open({ handledMs: hour })
    await session.append(Array.from({ length: 10_000 }, (_, n) => textRecord('unread', 'k', `${n}`)))
    await clock.advance(2 * hour)
    await readAs(session, { group: 'g', topic: 'read' })
    const sizes: number[] = []
    for (let round = 0; round < 4; round++) {
      sizes.push((await readAll(session, 'unread')).length)
      await clock.advance(500)
    }
    expect(sizes).toEqual([10_000, 6_000, 2_000, 0])
    await beat()
    await session.close()
  })

  it('refuses limits that make no sense', () => {
    expect(() => embedded({ file: ':memory:', retention: { handledMs: -1 } })).toThrow(
      "option 'retention.handledMs' of embedded must be a number from 0 up; got -1.",
    )
    expect(() => embedded({ file: ':memory:', sessionTimeoutMs: 5 })).toThrow("option 'sessionTimeoutMs' of embedded must be a number from 100 up")
    expect(() => embedded({ file: '' })).toThrow("option 'file' of embedded must be a path or ':memory:'")
  })
})
