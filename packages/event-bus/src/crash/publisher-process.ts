import { appendFileSync } from 'node:fs'
import { createEventBus, embedded } from '../index.ts'
import { counted } from './crash-events.ts'
import type { CrashLine } from './crash-events.ts'

const [busFile = '', logFile = '', name = '', count = '0'] = process.argv.slice(2)
const write = (line: Omit<CrashLine, 'pid'>): void => appendFileSync(logFile, `${JSON.stringify({ ...line, pid: process.pid })}\n`)
await using bus = createEventBus({ transport: embedded({ file: busFile }), source: name })
const keys = ['a', 'b', 'c', 'd', 'e'].map((key) => `${name}-${key}`)
await Promise.all(
  keys.map(async (key) => {
    for (let n = 0; n < Number(count); n++) {
      await bus.publish(counted, { key, n })
      write({ what: 'acked', key, n })
    }
  }),
)
write({ what: 'done' })
