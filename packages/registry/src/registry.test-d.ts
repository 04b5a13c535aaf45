import { createDatabase, sqlite, table } from '@hanse/data'
import { expectTypeOf, it } from 'vitest'
import { createRegistry, registryResolver } from './index.ts'
import type { Instance, Pick, Registration, RegistryErrorCode, RegistryUpdate } from './index.ts'

const users = table('users', { fields: { id: 'uuid' }, key: ['id'] })
const db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: { users } })
const registry = createRegistry({ store: db })
const base = { name: 'orders', version: '1.0.0' }

it('takes any database, and an address as a url or in parts', () => {
  expectTypeOf(registry.register({ ...base, url: 'http://10.0.0.1:1' })).resolves.toEqualTypeOf<Registration>()
  expectTypeOf(registry.register({ ...base, host: '10.0.0.1', port: 1 })).resolves.toEqualTypeOf<Registration>()
  // @ts-expect-error an address is missing
  void registry.register(base)
  // @ts-expect-error a url excludes host and port
  void registry.register({ ...base, url: 'http://10.0.0.1:1', host: '10.0.0.1', port: 1 })
  // @ts-expect-error metadata is string to string (seed-requirement 102)
  void registry.register({ ...base, url: 'http://10.0.0.1:1', metadata: { pid: 7 } })
  // @ts-expect-error the version is required
  void registry.register({ name: 'orders', url: 'http://10.0.0.1:1' })
})

it('types picks and their results', () => {
  expectTypeOf(registry.pick('orders')).resolves.toEqualTypeOf<Pick>()
  expectTypeOf(registry.picker('orders', { strategy: 'weighted', version: '^1' }).pick().instance).toEqualTypeOf<Instance>()
  // @ts-expect-error no such strategy
  registry.picker('orders', { strategy: 'fastest' })
  const { done } = registry.picker('orders').pick()
  done()
  done({ ok: true, latencyMs: 3 })
  done({ ok: false, kind: 'refused' })
  // @ts-expect-error no such failure
  done({ ok: false, kind: 'slow' })
})

it('gives a resolver that fits a gateway, whose reports carry more', () => {
  interface AttemptReport {
    readonly ok: boolean
    readonly latencyMs: number
    readonly cancelled: boolean
  }
  interface GatewayPick {
    readonly instance: { readonly id: string; readonly url: string }
    done(report: AttemptReport): void
  }
  interface GatewayResolver {
    resolve(service: string, options: { readonly exclude: ReadonlySet<string>; readonly key?: string }): GatewayPick | 'unknown' | 'unavailable'
  }
  expectTypeOf(registryResolver(registry)).toExtend<GatewayResolver>()
})

it('yields updates to a watcher', async () => {
  for await (const update of registry.watch()) expectTypeOf(update).toEqualTypeOf<RegistryUpdate>()
  expectTypeOf<RegistryErrorCode>().toExtend<string>()
})
