// What kafkajs is known to do wrong, tried on a real broker: none of it reaches a user of the bus. Numbers are those of kafkajs' issues.
// What every transport is asked for is in the conformance suite, what needs killed processes in kafka-drills.int.test.ts.
import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { generateId, silentLogger, systemClock } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import { startInfra } from '@hanse/infra'
import { Kafka, logLevel } from 'kafkajs'
import type { Admin, ISocketFactory } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { numbered } from '../crash/crash-events.ts'
import { createEventBus } from '../index.ts'
import type { EventBus, EventHandler, EventOf, SubscribeOptions } from '../index.ts'
import { bareMember } from './bare-member.ts'
import { kafka } from './index.ts'
import { joinGroup } from './kafkajs/join-group.ts'
import { quietRequestQueue } from './kafkajs/quiet-request-queue.ts'

const { kafka: server } = inject('engines')
const patience = { timeoutMs: 30_000, everyMs: 50 }
type NumberedEvent = EventOf<ReturnType<typeof numbered>>

/** Connections that can be cut, and cannot be made again until they are mended. */
function breakableLine() {
  const sockets = new Set<Socket>()
  let isCut = false
  const open: ISocketFactory = ({ host, port, onConnect }) => {
    if (isCut) throw new Error('the line is cut')
    const socket = connect({ host, port }, onConnect)
    sockets.add(socket)
    return socket
  }
  const sever = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy(new Error('the line was cut'))
  }
  return { open, sever, mend: () => void (isCut = false) }
}

describe.skipIf(server === undefined)("kafkajs' known faults (needs kafka)", { concurrent: true }, () => {
  const brokers = [...(server?.brokers ?? [])]
  const raw = new Kafka({ brokers, clientId: 'known-faults', logLevel: logLevel.NOTHING })
  let admin: Admin
  beforeAll(async () => {
    quietRequestQueue()
    admin = raw.admin()
    await admin.connect()
  })
  afterAll(() => admin.disconnect())

  const openBus = (): EventBus => createEventBus({ transport: kafka({ brokers }), source: 'test', logger: silentLogger })
  const groupFor = (event: { readonly type: string }): string => `readers-of-${event.type}`
  /** A topic with `count` events under as many keys. */
  async function filled(bus: EventBus, count: number) {
    const event = numbered(`faults-${generateId()}`)
    await Promise.all(Array.from({ length: count }, (_, n) => bus.publish(event, { key: `k${n}`, n })))
    return event
  }
  /** Reads a topic with a bus of its own, as another process would. */
  async function reading(event: ReturnType<typeof numbered>, handle: EventHandler<NumberedEvent>, options: Partial<SubscribeOptions> = {}) {
    const bus = openBus()
    const subscription = await bus.subscribe(event, { group: groupFor(event), from: 'earliest', ...options }, handle)
    return { subscription, [Symbol.asyncDispose]: () => bus.close() }
  }
  const groupOf = async (event: { readonly type: string }) => (await admin.describeGroups([`${groupFor(event)}/${event.type}`])).groups[0]

  it('handles the events of all partitions while one event fails again and again (#587, #945, #946)', async () => {
    await using bus = openBus()
    const event = await filled(bus, 60)
    const handled = new Set<number>()
    let failures = 0
    await using _reader = await reading(
      event,
      ({ data }) => {
        if (data.n === 0) {
          failures++
          throw new Error('poison')
        }
        handled.add(data.n)
      },
      { onExhausted: 'park', retry: { backoff: { initialMs: 20, maxMs: 200 } } },
    )
    await eventually(() => expect(handled.size).toBe(59), patience)
    const member = (await groupOf(event))?.members[0]?.memberId
    await eventually(() => expect(failures).toBeGreaterThan(6), patience)
    expect((await groupOf(event))?.members.map(({ memberId }) => memberId)).toEqual([member])
  })

  it('goes on with a failed event after a restart instead of at the end of the log (#587)', async () => {
    await using bus = openBus()
    const event = numbered(`faults-${generateId()}`)
    const attempts: number[] = []
    {
      await using reader = await reading(
        event,
        ({ data }) => {
          attempts.push(data.n)
          throw new Error('poison')
        },
        { from: 'latest', onExhausted: 'park' },
      )
      await bus.publish(event, { key: 'a', n: 1 })
      await eventually(() => expect(attempts).toContain(1), patience)
      await reader.subscription.close({ signal: AbortSignal.abort(new Error('killed')) }).catch(() => undefined)
    }
    await bus.publish(event, { key: 'a', n: 2 })
    const handled: number[] = []
    await using _reader = await reading(event, ({ data }) => void handled.push(data.n), { from: 'latest' })
    await eventually(() => expect(handled).toEqual([1, 2]), patience)
  })

  it('keeps the partition of a handler that takes longer than the session, and runs it once (#447, #1277)', { timeout: 60_000 }, async () => {
    await using bus = openBus()
    const event = await filled(bus, 1)
    const attempts: string[] = []
    const slowly = (name: string) => async (): Promise<void> => {
      attempts.push(name)
      await systemClock.sleep(14_000)
      attempts.push(`${name} ended`)
    }
    await using _one = await reading(event, slowly('one'))
    await eventually(() => expect(attempts).toEqual(['one']), patience)
    await eventually(() => expect(attempts).toEqual(['one', 'one ended']), patience)
    await eventually(async () => expect((await bus.lag({ group: groupFor(event) })).total).toBe(0), patience)
    expect(attempts).toEqual(['one', 'one ended'])
  })

  it('does not run an event again in the member that its partition moves to while it is handled (#922)', { timeout: 60_000 }, async () => {
    await using bus = openBus()
    const event = await filled(bus, 40)
    const began: number[] = []
    const handle = async ({ data }: NumberedEvent): Promise<void> => {
      began.push(data.n)
      await systemClock.sleep(300)
    }
    await using _one = await reading(event, handle, { concurrency: 40 })
    await eventually(() => expect(began.length).toBeGreaterThan(0), patience)
    await using _two = await reading(event, handle, { concurrency: 40 })
    await eventually(async () => expect((await bus.lag({ group: groupFor(event) })).total).toBe(0), patience)
    expect(began.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  it('gives a handler that never ends up after its time, keeps its event, and goes on (#1616)', async () => {
    await using bus = openBus()
    const event = numbered(`faults-${generateId()}`)
    for (const n of [0, 1]) await bus.publish(event, { key: 'a', n })
    const handled: number[] = []
    const hang = ({ data }: NumberedEvent) => (data.n === 0 ? new Promise<void>(() => undefined) : void handled.push(data.n))
    await using _reader = await reading(event, hang, { timeoutMs: 200, retry: { attempts: 2, backoff: { initialMs: 10 } } })
    await eventually(() => expect(handled).toEqual([1]), patience)
    const letters = await Array.fromAsync(bus.deadLetters({ group: groupFor(event) }))
    expect(letters).toMatchObject([{ type: event.type, cause: { code: 'DEADLINE_EXCEEDED' } }])
  })

  it('waits with a long backlog in place: slow members stay, none is thrown out and no round begins (#1720, #1566, #1371)', { timeout: 60_000 }, async () => {
    await using bus = openBus()
    const event = await filled(bus, 3_000)
    let handled = 0
    const slowly = async (): Promise<void> => {
      handled++
      await systemClock.sleep(100)
    }
    await using _one = await reading(event, slowly, { maxBuffered: 16, concurrency: 8 })
    await using _two = await reading(event, slowly, { maxBuffered: 16, concurrency: 8 })
    await eventually(async () => expect(await groupOf(event)).toMatchObject({ state: 'Stable', members: { length: 2 } }), patience)
    await eventually(() => expect(handled).toBeGreaterThan(100), patience)
    const before = (await groupOf(event))?.members.map(({ memberId }) => memberId).toSorted()
    for (let look = 0; look < 60; look++) {
      const group = await groupOf(event)
      expect(group?.state).toBe('Stable')
      expect(group?.members.map(({ memberId }) => memberId).toSorted()).toEqual(before)
      await systemClock.sleep(100)
    }
    expect((await bus.lag({ group: groupFor(event) })).total).toBeGreaterThan(0)
  })

  it('tries an event again whose handler failed after it had paused the subscription (#1376)', async () => {
    await using bus = openBus()
    const event = numbered(`faults-${generateId()}`)
    const attempts: number[] = []
    const held: { subscription?: { pause(): void; resume(): void } } = {}
    await using reader = await reading(
      event,
      ({ data }) => {
        attempts.push(data.n)
        if (attempts.length > 1) return
        held.subscription?.pause()
        throw new Error('too much at once')
      },
      { retry: { backoff: { initialMs: 10 } } },
    )
    held.subscription = reader.subscription
    await bus.publish(event, { key: 'a', n: 1 })
    await eventually(() => expect(attempts).toEqual([1, 1]), patience)
    await bus.publish(event, { key: 'a', n: 2 })
    reader.subscription.resume()
    await eventually(() => expect(attempts).toEqual([1, 1, 2]), patience)
  })

  it('reads events of different types in members of one group that do not know of each other (#1602)', async () => {
    await using bus = openBus()
    const [left, right] = [await filled(bus, 20), await filled(bus, 20)]
    const group = groupFor(left)
    const handled: string[] = []
    const note = ({ type, data }: NumberedEvent): void => void handled.push(`${type}:${data.n}`)
    await using _left = await reading(left, note, { group })
    await using _right = await reading(right, note, { group })
    await eventually(() => expect(handled).toHaveLength(40), patience)
    expect(new Set(handled).size).toBe(40)
  })

  it('goes on at the first record that is left when the broker has removed those that a group had not read', async () => {
    await using bus = openBus()
    const event = numbered(`faults-${generateId()}`)
    const publish = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) await bus.publish(event, { key: 'a', n })
    }
    const handled: number[] = []
    const note = ({ data }: NumberedEvent): void => void handled.push(data.n)
    await publish(0, 3)
    {
      await using _reader = await reading(event, note)
      await eventually(() => expect(handled).toEqual([0, 1, 2]), patience)
    }
    await publish(3, 10)
    const ends = await admin.fetchTopicOffsets(event.type)
    const partition = ends.find(({ high }) => high === '10')?.partition ?? -1
    await admin.deleteTopicRecords({ topic: event.type, partitions: [{ partition, offset: '6' }] })
    await using _reader = await reading(event, note)
    await publish(10, 12)
    await eventually(() => expect(handled).toEqual([0, 1, 2, 6, 7, 8, 9, 10, 11]), patience)
  })

  it('begins anew where a group stands behind the end of the log, which was cut, instead of waiting there', async () => {
    await using bus = openBus()
    const event = await filled(bus, 20)
    const handled = new Set<number>()
    const note = ({ data }: NumberedEvent): void => void handled.add(data.n)
    {
      await using _reader = await reading(event, note)
      await eventually(() => expect(handled.size).toBe(20), patience)
    }
    const partitions = [0, 1, 2, 3].map((partition) => ({ partition, offset: '1000' }))
    await admin.setOffsets({ groupId: `${groupFor(event)}/${event.type}`, topic: event.type, partitions })
    handled.clear()
    await using _reader = await reading(event, note)
    await bus.publish(event, { key: 'k0', n: 20 })
    await eventually(() => expect(handled.size).toBe(21), patience)
  })

  it('begins anew where the log of a topic was made anew while the group reads it', { timeout: 60_000 }, async () => {
    const handled: number[] = []
    const event = numbered(`faults-${generateId()}`)
    {
      await using bus = openBus()
      for (let n = 0; n < 20; n++) await bus.publish(event, { key: 'a', n })
    }
    await using _reader = await reading(event, ({ data }) => void handled.push(data.n))
    await eventually(() => expect(handled).toHaveLength(20), patience)
    await admin.deleteTopics({ topics: [event.type] })
    await eventually(async () => expect(await admin.listTopics()).not.toContain(event.type), patience)
    await using bus = openBus()
    await eventually(() => bus.publish(event, { key: 'a', n: 100 }), patience)
    await bus.publish(event, { key: 'a', n: 101 })
    await eventually(() => expect(handled.slice(20)).toEqual([100, 101]), patience)
  })

  it('does not say that offsets were committed when the client does not run', async () => {
    await using bus = openBus()
    const event = await filled(bus, 1)
    const member = await joinGroup(raw, bareMember(event.type))
    await member.close()
    await expect(member.commit(new Map([[0, 1]]))).rejects.toThrow('Consumer group was not initialized')
  })

  it('prints no warning of a negative timeout (#1751)', async () => {
    const publisher = fileURLToPath(new URL('kafka-publisher.fixture.ts', import.meta.url))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [publisher, brokers.join(','), `faults-${generateId()}`])
    expect({ stdout, stderr }).toEqual({ stdout: 'published\n', stderr: '' })
  })

  it('tries a commit once, so that none is made later under another name, for partitions that are with others by then', async () => {
    await using bus = openBus()
    const event = await filled(bus, 20)
    const line = breakableLine()
    const client = new Kafka({ brokers, clientId: 'commits', logLevel: logLevel.NOTHING, socketFactory: line.open })
    const fetched = new Set<number>()
    const member = await joinGroup(client, {
      ...bareMember(event.type),
      fetched: (partition) => void fetched.add(partition),
    })
    await eventually(() => expect(fetched.size).toBeGreaterThan(0), patience)
    const [partition = 0] = fetched
    await member.commit(new Map([[partition, 1]]))
    line.sever()
    const commit = member.commit(new Map([[partition, 2]])).then(
      () => 'committed',
      () => 'failed',
    )
    await Promise.race([commit, systemClock.sleep(2_000)])
    line.mend()
    expect(await commit).toBe('failed')
    await member.close()
  })

  it('ends every connection when it is closed, also those that the client has lost sight of', async () => {
    await using bus = openBus()
    const event = await filled(bus, 1)
    const fixture = fileURLToPath(new URL('kafka-left-open.fixture.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [fixture, brokers.join(','), event.type], { timeout: 60_000 })
    expect(stdout).toBe('closed\n')
  })

  it('comes back when the brokers were away for longer than the client tries', { timeout: 180_000 }, async () => {
    await using infra = await startInfra({ engines: ['kafka'] })
    const transport = kafka({ brokers: infra.kafka?.brokers ?? [] })
    const warnings: string[] = []
    const logger = { ...silentLogger, warn: (_fields: unknown, message: string) => void warnings.push(message) }
    await using bus = createEventBus({ transport, source: 'test', logger })
    const event = numbered('away')
    const handled: number[] = []
    await bus.subscribe(event, { group: 'g' }, ({ data }) => void handled.push(data.n))
    await bus.publish(event, { key: 'a', n: 1 })
    await eventually(() => expect(handled).toEqual([1]), patience)
    await infra.node('kafka-1').kill()
    await eventually(() => expect(warnings.join()).toContain('the consumer crashed'), { timeoutMs: 60_000, everyMs: 100 })
    await infra.node('kafka-1').start()
    await eventually(() => bus.publish(event, { key: 'a', n: 2 }), { timeoutMs: 60_000, everyMs: 200 })
    await eventually(() => expect(handled.at(-1)).toBe(2), { timeoutMs: 60_000, everyMs: 100 })
  })

  it('starts, makes topics and handles events while a topic of somebody else has no leader (#1520)', { timeout: 120_000 }, async () => {
    await using infra = await startInfra({ engines: ['kafka'], nodes: 3 })
    const cluster = infra.kafka?.brokers ?? []
    /** Publishes an event with a bus of its own, whose topic is made for it, and waits until it is handled. */
    const handledOnce = async (type: string): Promise<void> => {
      await using bus = createEventBus({ transport: kafka({ brokers: cluster, replicationFactor: 2 }), source: 'test', logger: silentLogger })
      const handled: number[] = []
      await bus.subscribe(numbered(type), { group: 'g', from: 'earliest' }, ({ data }) => void handled.push(data.n))
      await bus.publish(numbered(type), { key: 'a', n: 1 })
      await eventually(() => expect(handled).toEqual([1]), patience)
    }
    // The brokers' own topic of offsets is made while all of them are there.
    await handledOnce('before')
    const theirs = new Kafka({ brokers: [...cluster], logLevel: logLevel.NOTHING }).admin()
    await theirs.connect()
    await theirs.createTopics({ topics: [{ topic: 'theirs', replicaAssignment: [{ partition: 0, replicas: [3] }] }] })
    await infra.node('kafka-3').kill()
    // Until the others take it for dead, topics are given to it.
    await eventually(async () => expect((await theirs.describeCluster()).brokers).toHaveLength(2), patience)
    await theirs.disconnect()
    await handledOnce('ours')
  })
})
