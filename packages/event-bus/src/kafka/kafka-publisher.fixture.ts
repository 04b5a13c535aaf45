// A process that publishes one event to Kafka and ends by itself.
import { createEventBus } from '../index.ts'
import { kafka } from './index.ts'
import { numbered } from '../crash/crash-events.ts'

const [brokers = '', type = ''] = process.argv.slice(2)
const bus = createEventBus({ transport: kafka({ brokers: brokers.split(',') }), source: 'publisher' })
await bus.publish(numbered(type), { key: 'a', n: 1 })
await bus.close()
process.stdout.write('published\n')
