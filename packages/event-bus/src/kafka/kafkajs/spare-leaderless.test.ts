import { describe, expect, it } from 'vitest'
import { metadataVersions, spareLeaderless } from './spare-leaderless.ts'
import type { TopicsAnswer } from './spare-leaderless.ts'

const leaderNotAvailable = 5
const unknownTopic = 3
const topic = (name: string, partitionErrorCode: number, topicErrorCode = 0) => ({
  topicErrorCode,
  topic: name,
  partitionMetadata: [{ partitionErrorCode, partitionId: 0, leader: partitionErrorCode === 0 ? 1 : -1 }],
})

describe('spareLeaderless', () => {
  const parse = (version: number, topics: readonly string[], answer: TopicsAnswer) => {
    spareLeaderless()
    return metadataVersions()?.protocol({ version })({ topics }).response.parse(answer)
  }

  it.each([0, 1, 2, 3, 4, 5, 6])('gives the topics of the cluster though one has a partition without a leader (#1520), version %i', async (version) => {
    const answer = { topicMetadata: [topic('ours', 0), topic('theirs', leaderNotAvailable), topic('going', 0, unknownTopic)] }
    expect((await parse(version, [], answer))?.topicMetadata.map((one) => one.topic)).toEqual(['ours', 'theirs'])
  })

  it('still fails for topics that were asked for by name', async () => {
    await expect(parse(6, ['ours'], { topicMetadata: [topic('ours', leaderNotAvailable)] })).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' })
    await expect(parse(6, ['gone'], { topicMetadata: [topic('gone', 0, unknownTopic)] })).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })
})
