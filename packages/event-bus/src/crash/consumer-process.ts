import { appendFileSync } from 'node:fs'
import { createEventBus, embedded } from '../index.ts'
import { counted } from './crash-events.ts'
import type { CrashLine } from './crash-events.ts'

const [busFile = '', logFile = '', group = ''] = process.argv.slice(2)
const write = (line: Omit<CrashLine, 'pid'>): void => appendFileSync(logFile, `${JSON.stringify({ ...line, pid: process.pid })}\n`)
const ignore = (): void => undefined
const bus = createEventBus({
  transport: embedded({ file: busFile, sessionTimeoutMs: 1_200 }),
  source: 'consumer',
  logger: { debug: ignore, info: ignore, error: ignore, warn: (_fields, message) => message.includes('lost its partitions') && write({ what: 'takeover' }) },
})
await bus.subscribe(counted, { group, from: 'earliest', concurrency: 8, maxBuffered: 16 }, async ({ data }) => {
  for (let turn = 0; turn < data.n % 4; turn++) await new Promise((resolve) => setImmediate(resolve))
  write({ what: 'handled', key: data.key, n: data.n })
})
write({ what: 'ready' })
