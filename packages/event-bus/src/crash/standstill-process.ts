// A process that reads slowly and may stand still. Its transport: the brokers of a Kafka, or the embedded log in the run's folder.
import { appendFileSync } from 'node:fs'
import { systemClock } from '@hanse/core'
import { createEventBus, embedded } from '../index.ts'
import { kafka } from '../kafka/index.ts'
import type { CrashLine } from './crash-events.ts'
import { numbered } from './crash-events.ts'

const [busFile = '', logFile = '', brokers = '', type = '', handleMs = ''] = process.argv.slice(2)
const write = (line: Omit<CrashLine, 'pid'>): void => appendFileSync(logFile, `${JSON.stringify({ ...line, pid: process.pid })}\n`)
const transport = brokers === '' ? embedded({ file: busFile, sessionTimeoutMs: 1_000 }) : kafka({ brokers: brokers.split(',') })
const bus = createEventBus({ transport, source: 'reader' })
await bus.subscribe(numbered(type), { group: 'still', from: 'earliest' }, async ({ data: { key, n } }) => {
  write({ what: 'began', key, n })
  await systemClock.sleep(Number(handleMs))
  write({ what: 'handled', key, n })
})
write({ what: 'ready' })
