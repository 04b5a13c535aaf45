import assert from 'node:assert/strict'
import type { LogRecord, TransportSession } from '../transport/event-transport.ts'
import { onBench } from './log-cases.ts'
import type { TransportCase } from './log-cases.ts'
import { readAs, textOf, textRecord } from './transport-harness.ts'

const numbered = (topic: string, count: number, prefix = ''): ReturnType<typeof textRecord>[] =>
  Array.from({ length: count }, (_, n) => textRecord(topic, `${prefix}k${n}`, `${prefix}${n}`))
const names = (count: number, prefix = ''): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`)
const distinct = (records: readonly LogRecord[]): string[] => [...new Set(records.map(textOf))].toSorted(byNumber)
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

async function lagOf(session: TransportSession, group: string): Promise<number> {
  return sum((await session.positions(group)).map(({ committed, end }) => end - committed))
}

/** Groups, assignment, offsets and hand-over. */
export const groupCases: readonly TransportCase[] = [
  onBench('gives a lone member every partition and every record once', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    await session.append(numbered(topic, 100))
    const member = await readAs(session, { group: bench.name('g'), topic })
    await bench.wait(() => assert.equal(member.records.length, 100))
    assert.deepEqual(new Set(member.held.keys()), new Set([0, 1, 2, 3]))
    assert.deepEqual(distinct(member.records), names(100))
  }),
  onBench('delivers a partition in the order of its offsets', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const member = await readAs(session, { group: bench.name('g'), topic })
    for (let n = 0; n < 50; n++) await session.append(['a', 'b', 'c', 'd', 'e'].map((key) => textRecord(topic, key, `${n}`)))
    await bench.wait(() => assert.equal(member.records.length, 250))
    for (const key of ['a', 'b', 'c', 'd', 'e']) assert.deepEqual(member.records.filter((record) => record.key === key).map(textOf), names(50))
  }),
  onBench('refuses to join a missing topic', async (bench) => {
    const session = await bench.connect()
    await assert.rejects(readAs(session, { group: bench.name('g'), topic: bench.name('topic') }), { code: 'TOPIC_MISSING' })
  }),
  onBench('begins with what comes after the join, without a gap, from latest', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    await session.append(numbered(topic, 20, 'old'))
    for (let round = 0; round < 10; round++) {
      const member = await readAs(session, { group: bench.name('g'), topic, from: 'latest' })
      await session.append(numbered(topic, 20, `r${round}-`))
      await bench.wait(() => assert.deepEqual(distinct(member.records), names(20, `r${round}-`)))
      await member.leave()
    }
  }),
  onBench('begins with the first record from earliest', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    await session.append(numbered(topic, 20))
    const member = await readAs(session, { group: bench.name('g'), topic, from: 'earliest' })
    await bench.wait(() => assert.deepEqual(distinct(member.records), names(20)))
  }),
  onBench('pins the start of a group at its first join, so that what comes while nobody is there waits', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const group = bench.name('g')
    await (await readAs(session, { group, topic, from: 'latest' })).leave()
    await session.append(numbered(topic, 20))
    const member = await readAs(session, { group, topic, from: 'latest' })
    await bench.wait(() => assert.deepEqual(distinct(member.records), names(20)))
  }),
  onBench('delivers uncommitted records again to the next member, and committed ones no more', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    const group = bench.name('g')
    await session.append(Array.from({ length: 10 }, (_, n) => textRecord(topic, 'k', `${n}`)))
    const first = await readAs(session, { group, topic, commit: false })
    await bench.wait(() => assert.equal(first.records.length, 10))
    await first.held.get(0)?.commit((first.records[3]?.offset ?? 0) + 1)
    await first.leave()
    const second = await readAs(session, { group, topic })
    await bench.wait(() => assert.deepEqual(second.records.map(textOf), ['4', '5', '6', '7', '8', '9']))
  }),
  onBench('never moves a committed offset backwards', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    const group = bench.name('g')
    await session.append(Array.from({ length: 5 }, (_, n) => textRecord(topic, 'k', `${n}`)))
    const member = await readAs(session, { group, topic, commit: false })
    await bench.wait(() => assert.equal(member.records.length, 5))
    const partition = member.held.get(0)
    await partition?.commit((member.records[3]?.offset ?? 0) + 1)
    await partition?.commit((member.records[1]?.offset ?? 0) + 1)
    assert.equal(await lagOf(session, group), 1)
  }),
  onBench('gives every group all records', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const members = await Promise.all([1, 2, 3].map(() => readAs(session, { group: bench.name('g'), topic })))
    await session.append(numbered(topic, 60))
    for (const member of members) await bench.wait(() => assert.deepEqual(distinct(member.records), names(60)))
  }),
  onBench('divides the partitions among members of different sessions', async (bench) => {
    const topic = await bench.topic(await bench.connect(), { partitions: 6 })
    const group = bench.name('g')
    const members = await Promise.all([1, 2, 3].map(async () => readAs(await bench.connect(), { group, topic })))
    await bench.wait(() =>
      assert.deepEqual(
        members.map((member) => member.held.size),
        [2, 2, 2],
      ),
    )
    assert.deepEqual(new Set(members.flatMap((member) => [...member.held.keys()])), new Set([0, 1, 2, 3, 4, 5]))
  }),
  onBench('delivers each record of a settled group to one member only', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const group = bench.name('g')
    const [one, two] = [await readAs(session, { group, topic }), await readAs(await bench.connect(), { group, topic })]
    await bench.wait(() => assert.deepEqual([one.held.size, two.held.size], [2, 2]))
    await session.append(numbered(topic, 200))
    await bench.wait(() => assert.equal(one.records.length + two.records.length, 200))
    assert.deepEqual(distinct([...one.records, ...two.records]), names(200))
    assert.ok(one.records.length > 0 && two.records.length > 0)
  }),
  onBench('waits for the old member to drain before the new one gets a partition', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 2 })
    const group = bench.name('g')
    let drain = (): void => undefined
    const drained = new Promise<void>((resolve) => (drain = resolve))
    const one = await readAs(session, { group, topic, onRevoke: () => drained })
    await bench.wait(() => assert.equal(one.held.size, 2))
    const two = await readAs(await bench.connect(), { group, topic })
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(two.held.size, 0)
    assert.equal(one.held.size, 2)
    drain()
    await bench.wait(() => assert.deepEqual([one.held.size, two.held.size], [1, 1]))
  }),
  onBench('continues after a drain where the old member committed', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    const group = bench.name('g')
    await session.append(Array.from({ length: 40 }, (_, n) => textRecord(topic, 'k', `${n}`)))
    const one = await readAs(session, { group, topic })
    await bench.wait(() => assert.equal(one.records.length, 40))
    await bench.wait(async () => assert.equal(await lagOf(session, group), 0))
    const two = await readAs(await bench.connect(), { group, topic })
    await one.leave()
    await session.append([textRecord(topic, 'k', 'next')])
    await bench.wait(() => assert.deepEqual(two.records.map(textOf), ['next']))
  }),
  onBench('moves no more partitions than it must when a member comes', async (bench) => {
    const topic = await bench.topic(await bench.connect(), { partitions: 6 })
    const group = bench.name('g')
    const one = await readAs(await bench.connect(), { group, topic })
    await bench.wait(() => assert.equal(one.held.size, 6))
    const two = await readAs(await bench.connect(), { group, topic })
    await bench.wait(() => assert.deepEqual([one.held.size, two.held.size], [3, 3]))
    assert.equal(one.events.filter(([what]) => what === 'assigned').length, 6)
    assert.equal(two.events.filter(([what]) => what === 'assigned').length, 3)
  }),
  onBench('gives the partitions of a member that leaves to those that stay', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const group = bench.name('g')
    const [one, two] = [await readAs(session, { group, topic }), await readAs(await bench.connect(), { group, topic })]
    await bench.wait(() => assert.equal(two.held.size, 2))
    await one.leave()
    await bench.wait(() => assert.equal(two.held.size, 4))
    await session.append(numbered(topic, 30))
    await bench.wait(() => assert.deepEqual(distinct(two.records), names(30)))
    assert.equal(one.records.length, 0)
  }),
  onBench('gives the partitions of a session that closes to those that stay', async (bench) => {
    const [session, other] = [await bench.connect(), await bench.connect()]
    const topic = await bench.topic(session)
    const group = bench.name('g')
    await readAs(session, { group, topic })
    const two = await readAs(other, { group, topic })
    await session.close()
    await bench.wait(() => assert.equal(two.held.size, 4))
    await other.append(numbered(topic, 30))
    await bench.wait(() => assert.deepEqual(distinct(two.records), names(30)))
  }),
  onBench('refuses a commit for a partition that has gone to another member, and changes nothing', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    const group = bench.name('g')
    await session.append([textRecord(topic, 'k', 'x')])
    const one = await readAs(session, { group, topic, commit: false })
    await bench.wait(() => assert.equal(one.records.length, 1))
    const stale = one.held.get(0)
    await one.leave()
    const two = await readAs(session, { group, topic, commit: false })
    await bench.wait(() => assert.equal(two.records.length, 1))
    await assert.rejects(async () => stale?.commit((one.records[0]?.offset ?? 0) + 1), { code: 'PARTITION_LOST' })
    assert.equal(await lagOf(session, group), 1)
  }),
  onBench('keeps a spare member ready when there are more members than partitions', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    const group = bench.name('g')
    const members = await Promise.all([1, 2, 3].map(async () => readAs(await bench.connect(), { group, topic })))
    await bench.wait(() => assert.equal(sum(members.map((member) => member.held.size)), 1))
    await members.find((member) => member.held.size === 1)?.leave()
    await session.append([textRecord(topic, 'k', 'x')])
    await bench.wait(() =>
      assert.deepEqual(
        members.flatMap((member) => member.records.map(textOf)),
        ['x'],
      ),
    )
  }),
  onBench('lets one session have several members in one group', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const group = bench.name('g')
    const [one, two] = [await readAs(session, { group, topic }), await readAs(session, { group, topic })]
    await bench.wait(() => assert.deepEqual([one.held.size, two.held.size], [2, 2]))
    await session.append(numbered(topic, 50))
    await bench.wait(() => assert.deepEqual(distinct([...one.records, ...two.records]), names(50)))
  }),
  onBench('does not touch the members of a group on one topic when others join on another', async (bench) => {
    const session = await bench.connect()
    const [one, two] = [await bench.topic(session), await bench.topic(session)]
    const group = bench.name('g')
    const first = await readAs(session, { group, topic: one })
    await bench.wait(() => assert.equal(first.held.size, 4))
    const second = await readAs(await bench.connect(), { group, topic: two })
    await bench.wait(() => assert.equal(second.held.size, 4))
    await session.append([...numbered(one, 10, 'a'), ...numbered(two, 10, 'b')])
    await bench.wait(() => assert.deepEqual([distinct(first.records), distinct(second.records)], [names(10, 'a'), names(10, 'b')]))
    assert.equal(first.events.length, 4)
  }),
  onBench('waits with the next records of a partition until the sink has taken the ones before', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let deliveries = 0
    const member = await readAs(session, {
      group: bench.name('g'),
      topic,
      onDeliver: () => {
        deliveries++
        return held
      },
    })
    await session.append([textRecord(topic, 'k', 'first')])
    await bench.wait(() => assert.equal(deliveries, 1))
    for (let n = 0; n < 30; n++) await session.append([textRecord(topic, 'k', `${n}`)])
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(deliveries, 1)
    release()
    await bench.wait(() => assert.deepEqual(member.records.map(textOf), ['first', ...names(30)]))
  }),
  onBench('goes on with other partitions while one is held up', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let blocked: number | undefined
    const onDeliver = async (_records: readonly LogRecord[], partition: number): Promise<void> => {
      blocked ??= partition
      if (partition === blocked) await held
    }
    const member = await readAs(session, { group: bench.name('g'), topic, onDeliver })
    await session.append(numbered(topic, 1))
    await bench.wait(() => assert.notEqual(blocked, undefined))
    await session.append(numbered(topic, 100))
    await bench.wait(() => assert.equal(new Set(member.records.map(({ partition }) => partition)).size, 4))
    release()
    await bench.wait(() => assert.equal(member.records.length, 101))
  }),
  onBench('tells where a group stands in every partition, and nothing of an unknown group', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const group = bench.name('g')
    const member = await readAs(session, { group, topic })
    await session.append(numbered(topic, 40))
    await bench.wait(async () => assert.equal(await lagOf(session, group), 0))
    await member.leave()
    await session.append(numbered(topic, 12))
    const positions = await session.positions(group)
    assert.deepEqual(
      positions.map(({ partition }) => partition),
      [0, 1, 2, 3],
    )
    assert.ok(positions.every((position) => position.topic === topic))
    assert.equal(await lagOf(session, group), 12)
    assert.deepEqual(await session.positions(bench.name('nobody')), [])
  }),
  onBench('loses nothing while members come and go all the time', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const group = bench.name('g')
    const seen: LogRecord[] = []
    const lasting = await readAs(session, { group, topic })
    for (let round = 0; round < 12; round++) {
      const passing = await readAs(await bench.connect(), { group, topic })
      await session.append(numbered(topic, 10, `r${round}-`))
      if (round % 2 === 0) await bench.wait(() => assert.ok(passing.held.size > 0))
      await passing.leave()
      seen.push(...passing.records)
    }
    await bench.wait(() => assert.equal(new Set([...seen, ...lasting.records].map(textOf)).size, 120))
  }),
  onBench('loses nothing and hangs nowhere when many members join and leave at once', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const group = bench.name('g')
    const sessions = await Promise.all(Array.from({ length: 5 }, () => bench.connect()))
    await session.append(numbered(topic, 100))
    const members = await Promise.all(sessions.flatMap((each) => [readAs(each, { group, topic }), readAs(each, { group, topic })]))
    await Promise.all(members.map((member) => member.leave()))
    const last = await readAs(session, { group, topic })
    await bench.wait(async () => assert.equal(await lagOf(session, group), 0))
    assert.deepEqual(distinct([...members, last].flatMap((member) => member.records)), names(100))
  }),
  onBench("leaves at once when its signal aborts, with the signal's reason", async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const member = await readAs(session, { group: bench.name('g'), topic, onRevoke: () => new Promise(() => undefined) })
    await bench.wait(() => assert.equal(member.held.size, 4))
    const reason = new Error('now')
    await assert.rejects(member.leave({ signal: AbortSignal.abort(reason) }), (error) => error === reason)
  }),
  onBench(
    'keeps the offsets of a group when the log is opened anew',
    async (bench) => {
      const before = await bench.connect()
      const topic = await bench.topic(before)
      const group = bench.name('g')
      await before.append(numbered(topic, 50))
      const member = await readAs(before, { group, topic })
      await bench.wait(() => assert.equal(member.records.length, 50))
      await bench.wait(async () => assert.equal(await lagOf(before, group), 0))
      const after = await bench.reopen()
      await after.append(numbered(topic, 5, 'new'))
      const again = await readAs(after, { group, topic })
      await bench.wait(() => assert.deepEqual(distinct(again.records), names(5, 'new')))
    },
    ['durable'],
  ),
]
