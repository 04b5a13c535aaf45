// A process that closes its client while a consumer of it still runs, and must end by itself.
import { silentLogger } from '@hanse/core'
import { bareMember } from './bare-member.ts'
import { resolveKafkaOptions } from './kafka-options.ts'
import { openKafkajs } from './kafkajs/open-kafkajs.ts'

const [brokers = '', topic = ''] = process.argv.slice(2)
const client = await openKafkajs(resolveKafkaOptions({ brokers: brokers.split(',') }), silentLogger, () => undefined)
await client.join(bareMember(topic))
await client.close()
process.stdout.write('closed\n')
