import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase } from '../database.ts'
import type { DataEngine } from '../engine/data-engine.ts'
import { judgedStatements, openJudged } from '../query/idempotence.fixture.ts'
import type { ReadStatement, WriteStatement } from '../query/statement.ts'
import { table } from '../schema/table.ts'
import { sqlite } from '../sqlite/sqlite.ts'
import { Renderer } from './render.ts'
import type { Rendered } from './render.ts'

type AnyStatement = ReadStatement | WriteStatement

const rendered = (renderer: Renderer, statement: AnyStatement): Rendered => {
  if (statement.kind === 'select') return renderer.select(statement)
  return statement.kind === 'scan' ? renderer.scan(statement) : renderer.write(statement)
}

/** An engine in memory that keeps every statement that it runs. */
function keeping(statements: AnyStatement[]): DataEngine {
  const engine = sqlite({ file: ':memory:' })
  const read = engine.read.bind(engine)
  const write = engine.write.bind(engine)
  engine.read = (statement, options) => {
    statements.push(statement)
    return read(statement, options)
  }
  engine.write = (several, options) => {
    statements.push(...several)
    return write(several, options)
  }
  return engine
}

describe('Renderer', () => {
  const statements: AnyStatement[] = []
  const db = openJudged(keeping(statements))
  beforeAll(async () => {
    for (const { run } of judgedStatements) await run(db)
  })
  afterAll(() => db.close())

  it('gives every statement the text that it has when it comes first, in whatever order they come', () => {
    expect(statements.length).toBeGreaterThan(120)
    fc.assert(
      fc.property(fc.shuffledSubarray(statements, { minLength: statements.length }), (shuffled) => {
        const renderer = new Renderer('shop')
        for (const statement of shuffled) expect(rendered(renderer, statement)).toEqual(rendered(new Renderer('shop'), statement))
      }),
      { numRuns: 20 },
    )
  })

  it('binds as many parameters as the text has marks', () => {
    const renderer = new Renderer('shop')
    for (const statement of statements) {
      const { query, params } = rendered(renderer, statement)
      expect(query.split('?').length - 1, query).toBe(params.length)
    }
  })

  it('tells shapes apart where columns are named like the words between them', async () => {
    const words = ['where', 'exists', 'put', 'null', 'compare', 'asc', 'rows'] as const
    const fields = { id: 'text', ...Object.fromEntries(words.map((word) => [word, 'text'])) }
    const odd = table('odd', { fields: fields as Record<string, 'text'>, key: [['id'], 'exists', 'where'] })
    const kept: AnyStatement[] = []
    await using strange = createDatabase({ engine: keeping(kept), tables: { odd } })
    const row = { id: 'a', exists: 'b', where: 'c' }
    await strange.odd.insert({ ...row, put: 'd' })
    await strange.odd.update(row).set({ put: 'd', null: 'e' })
    await strange.odd.update(row).set({ put: 'd' }).if({ null: 'e' })
    await strange.odd.update(row).set({ put: 'd' }).if({ null: null })
    await strange.odd.update(row).set({ put: 'd' }).ifExists()
    await strange.odd.delete({ id: 'a', exists: 'b' })
    await strange.odd.delete(row)
    await strange.odd.delete(row).ifExists()
    await strange.odd.select({ id: 'a' }, { columns: ['asc', 'rows'] })
    await strange.odd.select({ id: 'a', exists: 'b' }, { columns: ['asc', 'rows'] })
    const renderer = new Renderer('shop')
    const texts = kept.map((statement) => rendered(renderer, statement).query)
    expect(texts).toEqual(kept.map((statement) => rendered(new Renderer('shop'), statement).query))
    expect(new Set(texts).size).toBe(kept.length)
  })
})
