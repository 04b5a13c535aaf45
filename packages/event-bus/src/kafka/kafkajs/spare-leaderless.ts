import { kafkajsModule, mayChange } from './kafkajs-module.ts'

/** What is used here of the brokers' answer about topics. */
export interface TopicsAnswer {
  readonly topicMetadata: readonly { readonly topicErrorCode: number; readonly topic: string; readonly partitionMetadata: readonly unknown[] }[]
}

interface MetadataProtocol {
  readonly request: unknown
  readonly response: {
    readonly decode: (bytes: Buffer) => Promise<TopicsAnswer>
    readonly parse: (answer: TopicsAnswer) => Promise<TopicsAnswer>
  }
}

type MetadataVersion = (options: { readonly topics: readonly string[]; readonly allowAutoTopicCreation?: boolean }) => MetadataProtocol

/** The versions of the question about topics that kafkajs knows. */
export interface MetadataVersions {
  protocol: (options: { readonly version: number }) => MetadataVersion
}

/** The versions of kafkajs, where they can be reached. */
export function metadataVersions(): MetadataVersions | undefined {
  return kafkajsModule('protocol/requests/metadata/index.js') as MetadataVersions | undefined
}

/**
 * Lets kafkajs connect while any partition of the cluster has no leader (#1520). It asks for all topics when it connects, lists or makes some, and
 * takes one leaderless partition anywhere, of whosever topic, for a failure of all. Asked about all topics, it now gets those that are well described;
 * asked about topics by name, it fails as before.
 */
export function spareLeaderless(): void {
  const versions = metadataVersions()
  if (versions === undefined || !mayChange(versions)) return
  const original = versions.protocol
  versions.protocol = ({ version }) => {
    const ask = original({ version })
    return (options) => {
      const protocol = ask(options)
      return options.topics.length > 0 ? protocol : { ...protocol, response: { ...protocol.response, parse: described } }
    }
  }
}

async function described(answer: TopicsAnswer): Promise<TopicsAnswer> {
  return { ...answer, topicMetadata: answer.topicMetadata.filter(({ topicErrorCode }) => topicErrorCode === 0) }
}
