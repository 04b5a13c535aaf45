import { silentLogger } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import type { AssignedPartition, LogRecord } from '../transport/event-transport.ts'
import type { GroupClient, GroupClientOptions, KafkaClient } from './kafka-client.ts'
import { KafkaMember } from './kafka-member.ts'

const sessionTimeoutMs = 6_000
const record = (offset: number): LogRecord => ({ topic: 't', partition: 0, offset, key: 'k', headers: {}, value: null, timeMs: 0 })

/** A client whose group does what the test says. */
function scriptedClient() {
  const joins: GroupClientOptions[] = []
  const closed: number[] = []
  const committed = new Map<number, number>()
  const refusals: Error[] = []
  /** What the next joins wait for before they are done, one each; those after it are done at once. */
  const entrances: Promise<void>[] = []
  const ends = new Map([[0, { low: 0, high: 10 }]])
  const notAsked = (): never => {
    throw new Error('a member does not ask for this')
  }
  const client: KafkaClient = {
    async join(options) {
      const index = joins.push(options) - 1
      await entrances.shift()
      const group: GroupClient = {
        commit(offsets) {
          const refusal = refusals.shift()
          if (refusal !== undefined) return Promise.reject(refusal)
          for (const [partition, offset] of offsets) committed.set(partition, offset)
          return Promise.resolve()
        },
        pause: () => undefined,
        resume: () => undefined,
        seek: () => undefined,
        rejoin: () => undefined,
        close: () => Promise.resolve(void closed.push(index)),
      }
      return group
    },
    committed: () => Promise.resolve(new Map(committed)),
    endsOf: () => Promise.resolve(ends),
    describeTopics: notAsked,
    createTopics: notAsked,
    send: notAsked,
    groups: notAsked,
    read: notAsked,
    close: notAsked,
    hangUp: notAsked,
  }
  return { client, joins, closed, committed, refusals, entrances, ends }
}

function made(from: 'earliest' | 'latest' = 'earliest') {
  const scripted = scriptedClient()
  const manual = createManualClock()
  let still = 0
  /** `stand` lets time pass in which no timer runs: the process stands still. */
  const clock = { ...manual, monotonic: () => manual.monotonic() + still, stand: (ms: number) => void (still += ms) }
  const assigned: AssignedPartition[] = []
  const delivered: number[] = []
  const lost: number[] = []
  const member = new KafkaMember({
    client: scripted.client,
    join: {
      group: 'g',
      topic: 't',
      from,
      assigned(partition) {
        const index = assigned.push(partition) - 1
        return {
          deliver: (records) => Promise.resolve(void delivered.push(...records.map(({ offset }) => offset))),
          revoke: () => Promise.resolve(),
          lost: () => void lost.push(index),
        }
      },
    },
    group: 'g/t',
    partitions: 1,
    sessionTimeoutMs,
    clock,
    logger: silentLogger,
    left: () => undefined,
  })
  return { ...scripted, member, clock, assigned, delivered, lost }
}

async function entered(from: 'earliest' | 'latest' = 'earliest') {
  const one = made(from)
  const entering = one.member.enter({})
  await one.clock.advance(0)
  one.joins[0]?.joined('m1', [0])
  await one.clock.advance(100)
  await entering
  return one
}

/** What the client says when it has given up on a group. */
const gaveUp = (message: string, retriable: boolean) =>
  Object.assign(new Error(message, { cause: Object.assign(new Error(message), { retriable }) }), { retriable: false })

describe('KafkaMember', () => {
  it('replaces a client that gives no sign of life, whatever it says of itself (#659, #1616)', async () => {
    const { clock, joins, closed, lost, assigned, member } = await entered()
    for (let beat = 0; beat < 10; beat++) {
      await clock.advance(sessionTimeoutMs)
      joins[0]?.alive()
    }
    expect(joins).toHaveLength(1)
    await clock.advance(sessionTimeoutMs * 7)
    expect({ joins: joins.length, closed, lost }).toEqual({ joins: 2, closed: [0], lost: [0] })
    joins[1]?.joined('m2', [0])
    await clock.advance(100)
    expect(assigned).toHaveLength(2)
    await member.drop()
  })

  it('knows by itself, before the next record, that it stood still for too long, and commits no more', async () => {
    const { clock, joins, assigned, lost, committed, member } = await entered()
    clock.stand(sessionTimeoutMs - 1_700)
    assigned[0]?.confirm()
    expect(lost).toEqual([])
    await clock.advance(500)
    clock.stand(sessionTimeoutMs)
    await expect(assigned[0]?.commit(1)).rejects.toMatchObject({ code: 'PARTITION_LOST' })
    expect({ lost, committed: committed.get(0) }).toEqual({ lost: [0], committed: 0 })
    await clock.advance(100)
    joins[1]?.joined('m2', [0])
    await clock.advance(100)
    clock.stand(sessionTimeoutMs)
    assigned[1]?.confirm()
    expect({ lost, joins: joins.length }).toEqual({ lost: [0, 1], joins: 2 })
    await clock.advance(600)
    expect(joins).toHaveLength(3)
    await member.drop()
  })

  it('joins again when its client gives up, and begins where it committed', async () => {
    const { clock, joins, assigned, delivered, committed, member } = await entered()
    joins[0]?.fetched(0, [record(0), record(1), record(2)])
    const commit = assigned[0]?.commit(2)
    await clock.advance(100)
    await commit
    joins[0]?.crashed(new Error('the coordinator is not aware of this member'))
    await clock.advance(1_000)
    joins[1]?.joined('m2', [0])
    await clock.advance(100)
    expect(committed.get(0)).toBe(2)
    expect(assigned[1]).toMatchObject({ partition: 0, offset: 2 })
    joins[1]?.fetched(0, [record(2)])
    expect(delivered).toEqual([0, 1, 2, 2])
    await member.drop()
  })

  it('takes nothing from a client that was replaced', async () => {
    const { clock, joins, delivered, member } = await entered()
    joins[0]?.crashed(new Error('gone'))
    await clock.advance(1_000)
    joins[0]?.fetched(0, [record(0)])
    joins[0]?.crashed(new Error('gone again'))
    await clock.advance(1_000)
    expect({ delivered, joins: joins.length }).toEqual({ delivered: [], joins: 2 })
    await member.drop()
  })

  it('commits again what was refused between two rounds of the group (#1371)', async () => {
    const { clock, assigned, committed, refusals, member } = await entered()
    refusals.push(new Error('the group is rebalancing'), new Error('the group is rebalancing'))
    const commit = assigned[0]?.commit(3)
    await clock.advance(1_000)
    await expect(commit).resolves.toBeUndefined()
    expect(committed.get(0)).toBe(3)
    await member.drop()
  })

  it('commits nothing for a partition that it lost meanwhile, also when it gets it back', async () => {
    const { clock, joins, assigned, committed, refusals, member } = await entered()
    refusals.push(new Error('the connection was closed'))
    const commit = assigned[0]?.commit(7)
    void commit?.catch(() => undefined)
    await clock.advance(50)
    // The group took this member for dead, somebody else began a log that was made anew, and died.
    joins[0]?.joined('m2', [0])
    committed.set(0, 1)
    await clock.advance(1_000)
    await expect(commit).rejects.toMatchObject({ code: 'PARTITION_LOST' })
    const next = assigned[1]?.commit(2)
    await clock.advance(1_000)
    await next
    expect(committed.get(0)).toBe(2)
    await member.drop()
  })

  it('tells the difference between records that come again and a log that was cut', async () => {
    const { clock, joins, assigned, delivered, ends, committed, member } = await entered()
    joins[0]?.fetched(0, [record(8), record(9)])
    joins[0]?.fetched(0, [record(8)])
    await clock.advance(100)
    expect({ joins: joins.length, delivered }).toEqual({ joins: 1, delivered: [8, 9] })
    committed.set(0, 10)
    ends.set(0, { low: 0, high: 3 })
    joins[0]?.fetched(0, [record(0)])
    await clock.advance(1_000)
    joins[1]?.joined('m2', [0])
    await clock.advance(100)
    expect(assigned[1]).toMatchObject({ offset: 0 })
    expect(committed.get(0)).toBe(0)
    await member.drop()
  })

  it('begins with the first record of a log that was made anew, also where the group began with what came last', async () => {
    const { clock, joins, assigned, ends, committed, member } = await entered('latest')
    joins[0]?.fetched(0, [record(10)])
    committed.clear()
    ends.set(0, { low: 0, high: 3 })
    joins[0]?.fetched(0, [record(0)])
    await clock.advance(1_000)
    joins[1]?.joined('m2', [0])
    await clock.advance(100)
    expect(assigned[1]).toMatchObject({ offset: 0 })
    await member.drop()
  })

  it('joins again when the coordinator of its group is not there at first', async () => {
    const { member, clock, joins, entrances, assigned } = made()
    entrances.push(Promise.reject(gaveUp('the coordinator is not available', true)))
    const entering = member.enter({})
    await clock.advance(1_000)
    joins[1]?.joined('m1', [0])
    await clock.advance(100)
    await expect(entering).resolves.toBeUndefined()
    expect(assigned).toHaveLength(1)
    await member.drop()
  })

  it('does not join again what is refused for good, or for too long', async () => {
    const refused = made()
    refused.entrances.push(Promise.reject(gaveUp('not authorized to access the group', false)))
    await expect(refused.member.enter({})).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      retryable: false,
      message: "Kafka could not join group 'g' on topic 't': not authorized to access the group.",
    })
    await refused.member.drop()

    const late = made()
    const away = Array.from({ length: 100 }, () => Promise.reject(gaveUp('the coordinator is not available', true)))
    for (const one of away) one.catch(() => undefined)
    late.entrances.push(...away)
    const [failed] = await Promise.allSettled([late.member.enter({}), late.clock.advance(60_000)])
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_FAILED', retryable: true } })
    await late.member.drop()
  })

  it.each(['comes', 'fails'])('hears no more of a client that was given up while it joined, and that $0 late', async (how) => {
    const { member, clock, joins, closed, entrances, assigned, committed } = await entered()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    entrances.push(promise)
    joins[0]?.crashed(new Error('gone'))
    await clock.advance(sessionTimeoutMs * 8)
    joins[2]?.joined('m3', [0])
    await clock.advance(100)
    if (how === 'comes') resolve()
    else reject(new Error('no answer'))
    joins[1]?.joined('m2', [])
    await clock.advance(1_000)
    expect({ joins: joins.length, closed, assigned: assigned.length }).toEqual({ joins: 3, closed: how === 'comes' ? [0, 1] : [0], assigned: 2 })
    const commit = assigned[1]?.commit(1)
    await clock.advance(100)
    await expect(commit).resolves.toBeUndefined()
    expect(committed.get(0)).toBe(1)
    await member.drop()
  })

  it('does not wait to get in any longer when it is dropped, also when its client no longer answers', async () => {
    const { member, clock, joins, client } = made()
    client.committed = () => Promise.withResolvers<never>().promise
    const entering = member.enter({})
    await clock.advance(0)
    joins[0]?.joined('m1', [0])
    await clock.advance(100)
    await member.drop()
    await expect(entering).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('ends with its client, also when it is dropped while it leaves', async () => {
    const { member, clock, entrances, joins } = made()
    const { promise, resolve } = Promise.withResolvers<void>()
    entrances.push(promise)
    const entering = member.enter({}).catch(() => undefined)
    await clock.advance(0)
    expect(joins).toHaveLength(1)
    void member.leave()
    await clock.advance(0)
    const ends: string[] = []
    const dropped = member.drop().then(() => ends.push('dropped'))
    await clock.advance(0)
    ends.push('client gone')
    resolve()
    await dropped
    expect(ends).toEqual(['client gone', 'dropped'])
    void entering
  })
})
