import { silentLogger } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import type { KafkaClient, NewTopic } from './kafka-client.ts'
import { KafkaSession } from './kafka-session.ts'

/**
 * Brokers that refuse to make topics for each of `refusals` once, know those that were made when they are asked for
 * the `heardAfter`th time, and have their leaders when they are asked once more.
 */
function opened(heardAfter: number, refusals: Error[] = [], closing?: Promise<void>) {
  const made: NewTopic[] = []
  const clock = createManualClock()
  let asked = 0
  const notAsked = (): never => {
    throw new Error('making topics does not ask for this')
  }
  let hungUp = 0
  const client: KafkaClient = {
    describeTopics: (topics) => {
      if (made.length === 0 || ++asked < heardAfter) return Promise.resolve(new Map())
      const isLed = asked > heardAfter
      return Promise.resolve(new Map(made.filter(({ name }) => topics.includes(name)).map(({ name, partitions }) => [name, { partitions, isLed }])))
    },
    createTopics: (topics) => {
      const refusal = refusals.shift()
      return refusal === undefined ? Promise.resolve(void made.push(...topics)) : Promise.reject(refusal)
    },
    send: notAsked,
    endsOf: notAsked,
    committed: notAsked,
    groups: notAsked,
    join: notAsked,
    read: notAsked,
    close: () => closing ?? Promise.resolve(),
    hangUp: () => void hungUp++,
  }
  const session = new KafkaSession({ client, clock, generateId: () => 'id', logger: silentLogger, sessionTimeoutMs: 6_000, maxRecordBytes: 1_000_000 })
  const ensure = (signal?: AbortSignal) => session.ensureTopics([{ name: 't', partitions: 3, kind: 'events' }], signal === undefined ? {} : { signal })
  return { session, clock, made, answers: () => asked, hangUps: () => hungUp, ensure }
}

describe('the session of the Kafka transport', () => {
  it('waits until the brokers know a topic that it made, and its partitions have leaders', async () => {
    const { clock, made, answers, ensure } = opened(4)
    const ensuring = ensure()
    await clock.advance(10_000)
    await expect(ensuring).resolves.toBeUndefined()
    expect(answers()).toBe(5)
    expect(made).toContainEqual({ name: 't', partitions: 3, compacted: false })
  })

  it('asks again where the broker that it asked has died, and not where the answer stays the same', async () => {
    const dead = Object.assign(new Error('connect ECONNREFUSED'), { retriable: true })
    const later = opened(1, [dead, dead])
    const ensuring = later.ensure()
    for (let answer = 0; answer < 3; answer++) await later.clock.advance(1_000)
    await expect(ensuring).resolves.toBeUndefined()

    const tooMany = Object.assign(new Error('too many copies'), { retriable: false, topic: 't' })
    const refused = opened(1, [new AggregateError([tooMany], 'topics were refused')])
    await expect(refused.ensure()).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      retryable: false,
      message: "Kafka could not make topics: topics were refused (topic 't': too many copies).",
    })
    expect(refused.made).toEqual([])
  })

  it('says after a while that the topic is missing, and stops to wait when it is told to', async () => {
    const never = opened(Infinity)
    const [refused] = await Promise.allSettled([never.ensure(), never.clock.advance(40_000)])
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'TOPIC_MISSING' } })

    const aborted = opened(Infinity)
    const controller = new AbortController()
    const abort = async (): Promise<void> => {
      await aborted.clock.advance(100)
      controller.abort(new Error('enough'))
    }
    const [stopped] = await Promise.allSettled([aborted.ensure(controller.signal), abort()])
    expect(stopped).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
    expect(aborted.clock.pendingTimers).toBe(0)
  })

  it('hangs up when it is told to end at once and the brokers hold it up, and does not otherwise', async () => {
    const held = opened(1, [], Promise.withResolvers<void>().promise)
    await expect(held.session.close({ signal: AbortSignal.abort() })).resolves.toBeUndefined()
    expect(held.hangUps()).toBe(1)

    const ended = opened(1)
    await ended.session.close({ signal: new AbortController().signal })
    expect(ended.hangUps()).toBe(0)
  })
})
