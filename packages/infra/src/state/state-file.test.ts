import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { planServers } from '../plan/server-plan.ts'
import { readState, removeState, writeState } from './state-file.ts'

describe('the state file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hanse-state-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const addresses = [{ host: '127.0.0.1', port: 9042, internalPort: 7000 }]
  const [plan] = planServers({ engine: 'cassandra', version: '5.0.6', addresses, directory, durable: true })

  it('gives back what was written, and nothing where nothing was', async () => {
    expect(await readState(directory)).toBeUndefined()
    const state = { format: 1, provider: 'jvm', servers: [{ plan: plan! }] } as const
    await writeState(directory, state)
    expect(await readState(directory)).toEqual(state)
    await removeState(directory)
    expect(await readState(directory)).toBeUndefined()
  })

  it('is nothing when it was cut short or has another format', async () => {
    for (const text of ['{"format":1,"serv', '{"format":99,"servers":[]}']) {
      writeFileSync(join(directory, 'state.json'), text)
      expect(await readState(directory)).toBeUndefined()
    }
  })

  it('reads plans from before there were settings', async () => {
    const { settings: _, ...older } = plan!
    writeFileSync(join(directory, 'state.json'), JSON.stringify({ format: 1, provider: 'jvm', servers: [{ plan: older }] }))
    expect((await readState(directory))?.servers[0]?.plan.settings).toEqual({})
  })
})
