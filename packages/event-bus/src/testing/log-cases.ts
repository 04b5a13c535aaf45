import assert from 'node:assert/strict'
import type { ConformanceCase } from '@hanse/core/testing'
import type { TransportCapability } from '../transport/event-transport.ts'
import { partitionOf } from '../transport/key-hash.ts'
import { Bench, readAll, textOf, textRecord } from './transport-harness.ts'
import type { EventTransportHarness } from './transport-harness.ts'

/** The shape of every case of the suite. */
export type TransportCase = ConformanceCase<EventTransportHarness, TransportCapability>

/** Runs a case on a bench that is cleared away afterwards. */
export function onBench(name: string, body: (bench: Bench) => Promise<void>, requires: readonly TransportCapability[] = []): TransportCase {
  return {
    name,
    requires,
    run: async (harness) => {
      await using bench = new Bench(harness)
      await body(bench)
    },
  }
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n))

/** Topics, appends and scans. */
export const logCases: readonly TransportCase[] = [
  onBench('makes a topic once, however many sessions ask for it at once', async (bench) => {
    const sessions = await Promise.all([bench.connect(), bench.connect(), bench.connect()])
    const name = bench.name('topic')
    await Promise.all(sessions.map((session) => session.ensureTopics([{ name, partitions: 3, kind: 'events' }])))
    await sessions[0].append([textRecord(name, 'k', 'x')])
    assert.deepEqual((await readAll(sessions[1], name)).map(textOf), ['x'])
  }),
  onBench('refuses a topic that exists with another number of partitions', async (bench) => {
    const session = await bench.connect()
    const name = await bench.topic(session, { partitions: 2 })
    await assert.rejects(session.ensureTopics([{ name, partitions: 3, kind: 'events' }]), { code: 'TOPIC_MISMATCH' })
  }),
  onBench('names a missing topic that must exist, and does not make it', async (bench) => {
    const session = await bench.connect()
    const name = bench.name('topic')
    await assert.rejects(session.ensureTopics([{ name, partitions: 3, kind: 'events' }], { mustExist: true }), { code: 'TOPIC_MISSING' })
    await assert.rejects(session.append([textRecord(name, 'k', 'x')]), { code: 'TOPIC_MISSING' })
  }),
  onBench('refuses an append to a missing topic', async (bench) => {
    const session = await bench.connect()
    await assert.rejects(session.append([textRecord(bench.name('topic'), 'k', 'x')]), { code: 'TOPIC_MISSING' })
  }),
  onBench(
    'keeps nothing of an append when a part of it is refused',
    async (bench) => {
      const session = await bench.connect()
      const topic = await bench.topic(session)
      await assert.rejects(session.append([textRecord(topic, 'k', 'x'), textRecord(bench.name('topic'), 'k', 'y')]))
      assert.deepEqual(await readAll(session, topic), [])
    },
    ['atomic-append'],
  ),
  onBench('gives back key, headers and payload byte for byte', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const every = Uint8Array.from({ length: 256 }, (_, n) => n)
    await session.append([
      { topic, key: 'schlüssel-鍵', headers: { 'x-a': 'ä"\\\n', ce_id: '1' }, value: every },
      { topic, key: 'empty', headers: {}, value: new Uint8Array() },
      { topic, key: 'large', headers: {}, value: new Uint8Array(200_000).fill(7) },
    ])
    const records = new Map((await readAll(session, topic)).map((record) => [record.key, record]))
    assert.deepEqual(records.get('schlüssel-鍵')?.headers, { 'x-a': 'ä"\\\n', ce_id: '1' })
    assert.deepEqual([...(records.get('schlüssel-鍵')?.value ?? [])], [...every])
    assert.equal(records.get('empty')?.value?.byteLength, 0)
    assert.equal(records.get('large')?.value?.byteLength, 200_000)
  }),
  onBench('puts every key into the partition of its hash', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 5 })
    await session.append(texts(200).map((text) => textRecord(topic, `key-${text}`, text)))
    for (const record of await readAll(session, topic)) assert.equal(record.partition, partitionOf(record.key ?? '', 5))
  }),
  onBench('keeps the order of one append within a partition', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    await session.append(texts(300).flatMap((text) => ['a', 'b', 'c'].map((key) => textRecord(topic, key, text))))
    const records = await readAll(session, topic)
    for (const key of ['a', 'b', 'c']) assert.deepEqual(records.filter((record) => record.key === key).map(textOf), texts(300))
  }),
  onBench('keeps the order of successive appends, awaited or not', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    await Promise.all(texts(100).map((text) => session.append([textRecord(topic, 'k', text)])))
    await session.append([textRecord(topic, 'k', 'last')])
    assert.deepEqual((await readAll(session, topic)).map(textOf), [...texts(100), 'last'])
  }),
  onBench('loses and doubles nothing when several sessions append at once', async (bench) => {
    const sessions = await Promise.all([bench.connect(), bench.connect(), bench.connect()])
    const topic = await bench.topic(sessions[0])
    await Promise.all(sessions.flatMap((session, s) => texts(60).map((text) => session.append([textRecord(topic, `k${text}`, `${s}-${text}`)]))))
    const records = await readAll(sessions[0], topic)
    assert.equal(new Set(records.map(textOf)).size, 180)
    assert.equal(records.length, 180)
    const last = new Map<number, number>()
    for (const { partition, offset } of records) {
      assert.ok(offset > (last.get(partition) ?? -1))
      last.set(partition, offset)
    }
  }),
  onBench('takes an append of five thousand records', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    await session.append(texts(5_000).map((text) => textRecord(topic, `k${Number(text) % 50}`, text)))
    assert.equal((await readAll(session, topic)).length, 5_000)
  }),
  onBench('takes an empty append', async (bench) => {
    const session = await bench.connect()
    await session.append([])
  }),
  onBench('adds nothing when the signal aborted before, and rejects with its reason', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    const reason = new Error('changed my mind')
    await assert.rejects(session.append([textRecord(topic, 'k', 'x')], { signal: AbortSignal.abort(reason) }), (error) => error === reason)
    assert.deepEqual(await readAll(session, topic), [])
  }),
  onBench('does not mix topics', async (bench) => {
    const session = await bench.connect()
    const [one, two] = [await bench.topic(session), await bench.topic(session)]
    await session.append([textRecord(one, 'k', '1'), textRecord(two, 'k', '2')])
    assert.deepEqual((await readAll(session, one)).map(textOf), ['1'])
    assert.deepEqual((await readAll(session, two)).map(textOf), ['2'])
  }),
  onBench('scans an empty topic to its end', async (bench) => {
    const session = await bench.connect()
    assert.deepEqual(await readAll(session, await bench.topic(session)), [])
  }),
  onBench('refuses to scan a missing topic', async (bench) => {
    const session = await bench.connect()
    await assert.rejects(readAll(session, bench.name('topic')), { code: 'TOPIC_MISSING' })
  }),
  onBench('ends a scan at what was last when it began', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    await session.append(texts(10).map((text) => textRecord(topic, 'k', text)))
    const seen: string[] = []
    for await (const record of session.scan(topic)) {
      seen.push(textOf(record))
      await session.append([textRecord(topic, 'k', 'later')])
    }
    assert.deepEqual(seen, texts(10))
  }),
  onBench('lets a scan be left early, and begins the next one at the start', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1 })
    await session.append(texts(600).map((text) => textRecord(topic, 'k', text)))
    for await (const record of session.scan(topic)) if (textOf(record) === '300') break
    assert.deepEqual((await readAll(session, topic)).map(textOf), texts(600))
  }),
  onBench("ends a scan with the signal's reason", async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session)
    await session.append([textRecord(topic, 'k', 'x')])
    const reason = new Error('enough')
    await assert.rejects(Array.fromAsync(session.scan(topic, { signal: AbortSignal.abort(reason) })), (error) => error === reason)
  }),
  onBench('keeps the last record of each key in a latest-by-key topic, in order of writing', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1, kind: 'latest-by-key' })
    await session.append([textRecord(topic, 'a', '1'), textRecord(topic, 'b', '2'), textRecord(topic, 'a', '3')])
    const last = new Map((await readAll(session, topic)).map((record) => [record.key, textOf(record)]))
    assert.deepEqual(Object.fromEntries(last), { a: '3', b: '2' })
  }),
  onBench('shows a removed key of a latest-by-key topic as removed or not at all', async (bench) => {
    const session = await bench.connect()
    const topic = await bench.topic(session, { partitions: 1, kind: 'latest-by-key' })
    await session.append([textRecord(topic, 'a', '1'), textRecord(topic, 'b', '2')])
    await session.append([{ topic, key: 'a', headers: {}, value: null }])
    const last = new Map((await readAll(session, topic)).map((record) => [record.key, record.value]))
    assert.equal(last.get('a') ?? null, null)
    assert.notEqual(last.get('b') ?? null, null)
  }),
  onBench(
    'forgets replaced and removed records of a latest-by-key topic',
    async (bench) => {
      const session = await bench.connect()
      const topic = await bench.topic(session, { partitions: 1, kind: 'latest-by-key' })
      for (const text of texts(20)) await session.append([textRecord(topic, 'a', text), textRecord(topic, 'b', text)])
      await session.append([{ topic, key: 'b', headers: {}, value: null }])
      await bench.wait(async () => assert.deepEqual((await readAll(session, topic)).map(textOf), ['19']))
    },
    ['compaction'],
  ),
  onBench(
    'keeps records and topics when the log is opened anew',
    async (bench) => {
      const before = await bench.connect()
      const topic = await bench.topic(before)
      await before.append(texts(50).map((text) => textRecord(topic, 'k', text)))
      const after = await bench.reopen()
      assert.deepEqual((await readAll(after, topic)).map(textOf), texts(50))
      await assert.rejects(after.ensureTopics([{ name: topic, partitions: 9, kind: 'events' }]), { code: 'TOPIC_MISMATCH' })
    },
    ['durable'],
  ),
  onBench('closes once and for all, and leaves other sessions alone', async (bench) => {
    const [one, two] = [await bench.connect(), await bench.connect()]
    const topic = await bench.topic(one)
    await Promise.all([one.close(), one.close()])
    await assert.rejects(one.append([textRecord(topic, 'k', 'x')]), { code: 'CLOSED' })
    await assert.rejects(one.ensureTopics([{ name: topic, partitions: 4, kind: 'events' }]), { code: 'CLOSED' })
    await assert.rejects(one.positions('any'), { code: 'CLOSED' })
    await two.append([textRecord(topic, 'k', 'y')])
    assert.deepEqual((await readAll(two, topic)).map(textOf), ['y'])
  }),
]
