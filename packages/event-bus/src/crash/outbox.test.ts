import { once } from 'node:events'
import { join } from 'node:path'
import { eventually } from '@hanse/core/testing'
import { expect, it } from 'vitest'
import { createCrashRun } from './crash-run.ts'
import { openEffects, openShop } from './crash-shop.ts'

it(
  'publishes exactly the events whose state was written, in order, and gives each one effect, whoever is killed (seed-requirements 47, 76, 77)',
  { timeout: 120_000 },
  async () => {
    await using run = createCrashRun()
    let reader = run.start('inbox-process.ts')
    await run.reach('ready', 1)
    for (let round = 1; round <= 4; round++) {
      const doomed = run.start('outbox-process.ts', `r${round}`, '100000')
      await run.reach('acked', round * 80)
      await run.kill(doomed)
      if (round % 2 === 0) {
        await run.kill(reader)
        reader = run.start('inbox-process.ts')
      }
    }
    const last = run.start('outbox-process.ts', 'last', '20')
    await run.reach('done', 1)

    await using shop = openShop(join(run.folder, 'shop.db'))
    await using effects = openEffects(join(run.folder, 'effects.db'))
    const names = ['r1', 'r2', 'r3', 'r4', 'last'].flatMap((name) => ['a', 'b', 'c', 'd'].map((letter) => `${name}-${letter}`))
    const written = new Set<string>()
    for (const key of names) {
      for (const { n } of [...(await shop.notes.select({ key })), ...(await shop.steps.select({ key }))]) written.add(`${key}:${n}`)
    }
    for (const { key, n } of run.lines('acked')) expect(written).toContain(`${key}:${n}`)
    await eventually(() => expect(new Set(run.lines('handled').map(({ key, n }) => `${key}:${n}`))).toEqual(written), { timeoutMs: 40_000, everyMs: 100 })
    await eventually(
      async () => {
        for (const event of written) expect(await effects.effects.select({ event })).toHaveLength(1)
      },
      { timeoutMs: 30_000, everyMs: 200 },
    )
    const next = new Map<string, number>()
    for (const { key = '', n } of run.lines('handled')) {
      const expected = next.get(key) ?? 0
      expect(n).toBeLessThanOrEqual(expected)
      if (n === expected) next.set(key, expected + 1)
    }
    last.kill('SIGKILL')
    await once(last, 'exit')
  },
)
