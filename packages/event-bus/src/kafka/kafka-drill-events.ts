import { z } from 'zod'
import { defineEvent } from '../index.ts'

/** What the drills publish: `n` rises within a key. */
export const numbered = (type: string) => defineEvent(type, { schema: z.object({ key: z.string(), n: z.number() }), key: (event) => event.key, partitions: 4 })

/** An event as the drills name it. */
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
