import { appendFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generateId } from '@hanse/core'
import { createEventBus, createInbox, embedded } from '../index.ts'
import { counted } from './crash-events.ts'
import type { CrashLine } from './crash-events.ts'
import { openEffects } from './crash-shop.ts'

const [busFile = '', logFile = ''] = process.argv.slice(2)
const write = (line: Omit<CrashLine, 'pid'>): void => appendFileSync(logFile, `${JSON.stringify({ ...line, pid: process.pid })}\n`)
const db = openEffects(join(dirname(busFile), 'effects.db'))
const inbox = createInbox({ store: db, leaseSeconds: 1 })
const bus = createEventBus({ transport: embedded({ file: busFile, sessionTimeoutMs: 1_200 }), source: 'reader' })
await bus.subscribe(
  counted,
  { group: 'reader', from: 'earliest', concurrency: 8 },
  inbox.once(({ data }) => {
    write({ what: 'handled', key: data.key, n: data.n })
    return [db.effects.insert({ event: `${data.key}:${data.n}`, run: generateId() })]
  }),
)
write({ what: 'ready' })
