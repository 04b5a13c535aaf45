// A process that reads a topic of Kafka and may be killed at any moment. Each event has its effect through the inbox.
import { appendFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateId } from '@hanse/core'
import type { CrashLine } from '../crash/crash-events.ts'
import { openEffects } from '../crash/crash-shop.ts'
import { createEventBus, createInbox } from '../index.ts'
import { kafka } from './index.ts'
import { numbered } from '../crash/crash-events.ts'

const [busFile = '', logFile = '', brokers = '', type = ''] = process.argv.slice(2)
const write = (line: Omit<CrashLine, 'pid'>): void => appendFileSync(logFile, `${JSON.stringify({ ...line, pid: process.pid })}\n`)
const db = openEffects(join(dirname(busFile), 'effects.db'))
const inbox = createInbox({ store: db, leaseSeconds: 1 })
const bus = createEventBus({ transport: kafka({ brokers: brokers.split(',') }), source: 'reader' })
await bus.subscribe(
  numbered(type),
  { group: 'reader', from: 'earliest', concurrency: 8, maxBuffered: 16 },
  inbox.once(({ data }) => {
    write({ what: 'handled', key: data.key, n: data.n })
    return [db.effects.insert({ event: `${data.key}:${data.n}`, run: generateId() })]
  }),
)
write({ what: 'ready' })
