import { describe, expect, it } from 'vitest'
import { engineFailed } from '../kafka-failures.ts'
import { refusedTopics } from './refused-topics.ts'

const refused = (topic: string, type: string, retriable = false) => Object.assign(new Error(type), { topic, type, retriable })
const told = (errors: readonly Error[], replicationFactor: number) =>
  engineFailed('make topics', refusedTopics(new AggregateError(errors, 'not made'), replicationFactor, 3))

describe('refusedTopics', () => {
  it('names the topics that were refused, and not those that are there', () => {
    expect(told([refused('a', 'TOPIC_ALREADY_EXISTS'), refused('b', 'POLICY_VIOLATION')], 1)).toMatchObject({
      message: "Kafka could not make topics: not made (topic 'b': POLICY_VIOLATION).",
      retryable: false,
    })
  })

  it('may be tried again where brokers are missing for a factor that the cluster can have, or has by default', () => {
    const tooFew = (): Error[] => [refused('a', 'INVALID_REPLICATION_FACTOR')]
    expect([told(tooFew(), -1), told(tooFew(), 3), told(tooFew(), 4)].map(({ retryable }) => retryable)).toEqual([true, true, false])
    expect(told([...tooFew(), refused('b', 'INVALID_TOPIC_EXCEPTION')], 3).retryable).toBe(false)
  })

  it('leaves every other error as it is', () => {
    const other = new Error('no connection')
    expect(refusedTopics(other, 1, 1)).toBe(other)
  })
})
