import { z } from 'zod'
import { defineEvent } from '../index.ts'

/** What the publisher processes of the crash tests publish: `n` rises within a key. */
export const counted = defineEvent('counted', { schema: z.object({ key: z.string(), n: z.number() }), key: (event) => event.key, partitions: 4 })

/** A line of the log that outlives every process of a crash test. */
export interface CrashLine {
  readonly what: 'ready' | 'acked' | 'began' | 'handled' | 'effect' | 'takeover' | 'done'
  readonly pid: number
  readonly key?: string
  readonly n?: number
}
