import { createDatabase, sqlite } from '@hanse/data'
import { describe, expect, it } from 'vitest'
import { createRegistry, registryResolver } from './index.ts'

const nothing: ReadonlySet<string> = new Set()

describe('registryResolver', () => {
  it('picks from memory, tells unknown from unavailable, and never throws', async () => {
    await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
    await using registry = createRegistry({ store: db, probe: false })
    const resolver = registryResolver(registry, { strategy: 'round-robin' })
    expect(resolver.resolve('orders', { exclude: nothing })).toBe('unavailable')
    await registry.start()
    for (const name of ['orders', 'constructor', '__proto__', '']) expect(resolver.resolve(name, { exclude: nothing })).toBe('unknown')

    const first = await registry.register({ name: 'orders', url: 'http://10.0.0.1:1', version: '1.0.0' })
    const second = await registry.register({ name: 'orders', url: 'http://10.0.0.1:2', version: '1.0.0' })
    const exclude = new Set([first.instance.id])
    expect(resolver.resolve('orders', { exclude })).toMatchObject({ instance: { id: second.instance.id, url: 'http://10.0.0.1:2' } })
    expect(resolver.resolve('orders', { exclude: exclude.add(second.instance.id) })).toBe('unavailable')

    await registry.close()
    expect(resolver.resolve('orders', { exclude: nothing })).toBe('unavailable')
  })
})
