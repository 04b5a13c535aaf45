import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlite } from '../sqlite/sqlite.ts'
import { judgedStatements, openJudged, watched } from './idempotence.fixture.ts'

describe('whether a statement may be repeated is known of every kind (seed-requirement 74)', () => {
  let calls: boolean[] = []
  const db = openJudged(watched(sqlite({ file: ':memory:' }), (idempotent) => calls.push(idempotent)))
  beforeAll(() => db.start())
  afterAll(() => db.close())

  it('for at least 100 statements', () => {
    expect(new Set(judgedStatements.map(({ name }) => name)).size).toBeGreaterThanOrEqual(100)
  })

  it.each(judgedStatements)('$name: $repeatable', async ({ run, repeatable }) => {
    calls = []
    await run(db)
    expect(calls.length).toBeGreaterThan(0)
    expect(calls.every(Boolean)).toBe(repeatable)
  })
})
