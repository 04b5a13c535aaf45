import { z } from 'zod'
import { defineEvent } from '../index.ts'

/** What the crash tests and the drills publish: `n` rises within a key. */
export const numbered = (type: string) => defineEvent(type, { schema: z.object({ key: z.string(), n: z.number() }), key: (event) => event.key, partitions: 4 })

/** What the publisher processes of the crash tests publish. */
export const counted = numbered('counted')

/** A line of the log that outlives every process of a crash test. */
export interface CrashLine {
  readonly what: 'ready' | 'acked' | 'began' | 'handled' | 'effect' | 'takeover' | 'done'
  readonly pid: number
  readonly key?: string
  readonly n?: number
}

/** An event as they name it. */
export interface Numbered {
  readonly key: string
  readonly n: number
}

/** What tells an event from all others. */
export const nameOf = ({ key, n }: Partial<Numbered>): string => `${key}:${n}`

/** The keys whose events were first handled in another order than they were published in. */
export function disordered(handled: readonly Partial<Numbered>[]): readonly string[] {
  const last = new Map<string, number>()
  const seen = new Set<string>()
  const wrong = new Set<string>()
  for (const { key = '', n = -1 } of handled) {
    if (seen.has(`${key}:${n}`)) continue
    seen.add(`${key}:${n}`)
    if (n < (last.get(key) ?? -1)) wrong.add(key)
    last.set(key, n)
  }
  return [...wrong]
}
