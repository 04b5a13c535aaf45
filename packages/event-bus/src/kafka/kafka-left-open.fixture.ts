// A process that closes its client while a consumer of it still runs, and must end by itself.
import { silentLogger } from '@hanse/core'
import { resolveKafkaOptions } from './kafka-options.ts'
import { openKafkajs } from './kafkajs/open-kafkajs.ts'

const [brokers = '', topic = ''] = process.argv.slice(2)
const client = await openKafkajs(resolveKafkaOptions({ brokers: brokers.split(',') }), silentLogger, () => undefined)
await client.join({
  group: `g-${topic}`,
  topic,
  partitions: 4,
  sessionTimeoutMs: 6_000,
  logger: silentLogger,
  claims: () => ({ memberId: undefined, held: [] }),
  plan: (members) => new Map([...members.keys()].map((id) => [id, [0, 1, 2, 3]])),
  joined: () => undefined,
  fetched: () => undefined,
  alive: () => undefined,
  crashed: () => undefined,
})
await client.close()
process.stdout.write('closed\n')
