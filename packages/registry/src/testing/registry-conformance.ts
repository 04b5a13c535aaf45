import assert from 'node:assert/strict'
import type { ConformanceCase } from '@hanse/core/testing'
import type { Database } from '@hanse/data'
import type { Registry } from '../registry.ts'
import { createRegistryWorld } from './registry-world.ts'
import type { RegistryWorld } from './registry-world.ts'

/** What a store must offer to be tried: any number of connections, each as if from a process of its own. */
export interface RegistryHarness {
  /** Opens one more connection to one and the same, at first empty, store. */
  open(): Promise<Database> | Database
}

const origin = (port: number): string => `http://10.0.0.1:${port}`
const describe = (port: number, name = 'orders') => ({ name, url: origin(port), version: '1.0.0' })

async function urls(registry: Registry, name = 'orders'): Promise<readonly string[]> {
  return (await registry.discover(name)).map((instance) => instance.url).sort()
}

function sees(registry: Registry, ports: readonly number[], name?: string): () => Promise<void> {
  return async () => assert.deepEqual(await urls(registry, name), ports.map(origin).sort())
}

function testCase(name: string, run: (world: RegistryWorld) => Promise<void>): ConformanceCase<RegistryHarness> {
  return {
    name,
    async run(harness) {
      await using world = createRegistryWorld(harness)
      await run(world)
    },
  }
}

/**
 * What a registry over a store must do, for authors of data engines: run each case with a fresh store, with any test runner.
 * Everything runs in virtual time; only the store is real.
 */
export const registryConformance: readonly ConformanceCase<RegistryHarness>[] = [
  testCase('shows what one process registers to every other within a refresh (seed-requirement 9)', async (world) => {
    const [server, client] = [await world.join(), await world.join()]
    await server.registry.register(describe(1))
    await sees(server.registry, [1])()
    await world.until(sees(client.registry, [1]), 1_500)
  }),

  testCase('carries every field of an instance unchanged (seed-requirement 102)', async (world) => {
    const [server, client] = [await world.join(), await world.join()]
    const extras = { healthPath: '/health/live', metadata: { pid: '7', ключ: 'значение' }, zone: 'north', weight: 0.5 }
    const { instance } = await server.registry.register({ ...describe(1), ...extras })
    const [seen] = await world.until(async () => {
      const found = await client.registry.discover('orders')
      assert.equal(found.length, 1)
      return found
    })
    assert.deepEqual(seen, { ...instance, status: 'up', health: 'healthy' })
    assert.equal(seen?.healthUrl, 'http://10.0.0.1:1/health/live')
    assert.ok(seen?.startedAt instanceof Date)
  }),

  testCase('lets two instances on one host coexist, each with an id of its own (seed-requirement 12)', async (world) => {
    const [one, other] = [await world.join(), await world.join()]
    const first = await one.registry.register(describe(1))
    const second = await other.registry.register(describe(2))
    assert.notEqual(first.instance.id, second.instance.id)
    for (const member of [one, other]) await world.until(sees(member.registry, [1, 2]))
  }),

  testCase('shows ten processes that register at once to each other (seed-requirement 9)', async (world) => {
    const members = await Promise.all(Array.from({ length: 10 }, () => world.join()))
    await Promise.all(members.map((member, index) => member.registry.register(describe(index + 1))))
    const ports = members.map((_, index) => index + 1)
    for (const member of members) await world.until(sees(member.registry, ports))
  }),

  testCase('puts the newer of two processes with one address in the place of the older, whatever their clocks say (seed-requirement 12)', async (world) => {
    const old = await world.join({ nowMs: Date.UTC(2030, 0, 1) })
    const client = await world.join()
    const before = await old.registry.register(describe(1))
    await world.until(sees(client.registry, [1]))
    old.freeze()
    const young = await world.join({ nowMs: Date.UTC(2020, 0, 1) })
    const after = await young.registry.register(describe(1))
    assert.ok(after.instance.incarnation > before.instance.incarnation)
    const replaced = async (): Promise<void> => {
      const found = await client.registry.discover('orders')
      assert.deepEqual(
        found.map(({ id }) => id),
        [after.instance.id],
      )
    }
    await world.until(replaced, 1_500)
  }),

  testCase('keeps an instance for as long as it beats (seed-requirement 13)', async (world) => {
    const [server, client] = [await world.join(), await world.join()]
    await server.registry.register(describe(1))
    await world.until(sees(client.registry, [1]))
    for (let passed = 0; passed < 90_000; passed += 3_000) {
      await world.advance(3_000)
      const { instances } = await client.registry.getAll()
      assert.deepEqual(
        instances.map(({ health }) => health),
        ['healthy'],
      )
    }
  }),

  testCase('gives up a process that hangs, and takes it back when it goes on (seed-requirement 15)', async (world) => {
    const [hung, well, client] = [await world.join(), await world.join(), await world.join()]
    const { instance } = await hung.registry.register(describe(1))
    await well.registry.register(describe(2))
    await world.until(sees(client.registry, [1, 2]))
    hung.freeze()
    world.prober.answer(instance.id, 'hang')
    await world.until(sees(client.registry, [2]), 8_000)
    world.prober.answer(instance.id, 'answered')
    hung.thaw()
    await world.until(sees(client.registry, [1, 2]), 8_000)
  }),

  testCase('gives up a process that hangs even when it is the only one', async (world) => {
    const [hung, client] = [await world.join(), await world.join()]
    const { instance } = await hung.registry.register(describe(1))
    await world.until(sees(client.registry, [1]))
    hung.freeze()
    world.prober.answer(instance.id, 'hang')
    await world.until(() => assert.rejects(client.registry.pick('orders'), { code: 'REGISTRY_NO_HEALTHY_INSTANCE' }), 12_000)
  }),

  testCase('evicts nobody for a clock that is an hour off (seed-requirement 21)', async (world) => {
    const now = Date.UTC(2026, 0, 1)
    const members = [await world.join({ nowMs: now }), await world.join({ nowMs: now - 3_600_000 }), await world.join({ nowMs: now + 3_600_000 })]
    for (const [index, member] of members.entries()) await member.registry.register(describe(index + 1))
    for (const member of members) await world.until(sees(member.registry, [1, 2, 3]))
    await world.advance(5_000)
    members[0]?.clock.skew(-600_000)
    members[1]?.clock.skew(600_000)
    for (let passed = 0; passed < 15_000; passed += 1_000) {
      await world.advance(1_000)
      for (const member of members) await sees(member.registry, [1, 2, 3])()
    }
  }),

  testCase('picks a draining instance no more within one refresh, and keeps listing it as leaving (seed-requirement 14)', async (world) => {
    const [server, other, client] = [await world.join(), await world.join(), await world.join()]
    const registration = await server.registry.register(describe(1))
    await other.registry.register(describe(2))
    await world.until(sees(client.registry, [1, 2]))
    const drained = registration.drain()
    await world.until(sees(client.registry, [2]), 1_500)
    const leaving = (await client.registry.getAll()).instances.filter(({ status }) => status === 'leaving')
    assert.deepEqual(
      leaving.map(({ url }) => url),
      [origin(1)],
    )
    await world.advance(2_000)
    await drained
  }),

  testCase('tells an unknown service from one without an instance', async (world) => {
    const [server, client] = [await world.join(), await world.join()]
    const registration = await server.registry.register(describe(1))
    await world.until(sees(client.registry, [1]))
    await registration.close()
    await registration.close()
    await world.until(() => assert.rejects(client.registry.pick('orders'), { code: 'REGISTRY_NO_HEALTHY_INSTANCE', retryable: true }), 1_500)
    await assert.rejects(client.registry.pick('order'), { code: 'REGISTRY_SERVICE_UNKNOWN', retryable: false })
    assert.deepEqual(await client.registry.discover('order'), [])
  }),

  testCase('serves several instances of one process, each with its own farewell', async (world) => {
    const [server, client] = [await world.join(), await world.join()]
    const first = await server.registry.register(describe(1))
    await server.registry.register(describe(2, 'payments'))
    await world.until(sees(client.registry, [2], 'payments'))
    await first.close()
    await world.until(sees(client.registry, []), 1_500)
    await world.advance(40_000)
    await sees(client.registry, [2], 'payments')()
  }),

  testCase('keeps namespaces apart', async (world) => {
    const [server, client] = [await world.join({ namespace: 'blue' }), await world.join({ namespace: 'green' })]
    await server.registry.register(describe(1))
    await world.advance(2_000)
    assert.deepEqual((await client.registry.getAll()).instances, [])
  }),

  testCase('reads every shard', async (world) => {
    const members = await Promise.all(Array.from({ length: 4 }, () => world.join({ shards: 3 })))
    await Promise.all(members.map((member, index) => member.registry.register(describe(index + 1))))
    for (const member of members) await world.until(sees(member.registry, [1, 2, 3, 4]))
  }),

  testCase('ignores, on reading, an address that this process does not allow (seed-requirement 103)', async (world) => {
    const [server, strict] = [await world.join(), await world.join({ allowedNetworks: ['192.168.0.0/16'] })]
    await server.registry.register(describe(1))
    await world.advance(2_000)
    assert.deepEqual(await urls(strict.registry), [])
    await assert.rejects(strict.registry.register(describe(2)), { code: 'REGISTRY_ADDRESS_REFUSED' })
  }),

  testCase('tells a watcher the state, then each change', async (world) => {
    const [server, client] = [await world.join(), await world.join()]
    const watch = client.registry.watch('orders')
    assert.deepEqual((await watch.next()).value?.instances, [])
    const next = async (): Promise<readonly string[]> => {
      const update = watch.next()
      await world.until(() => Promise.race([update, Promise.reject(new Error('no update yet'))]))
      return ((await update).value?.changes ?? []).map(({ type }) => type)
    }
    const registration = await server.registry.register(describe(1))
    await server.registry.register(describe(2, 'payments'))
    assert.deepEqual(await next(), ['instance-registered'])
    void registration.drain({ settleMs: 0 })
    assert.deepEqual(await next(), ['instance-leaving'])
    await registration.close()
    assert.deepEqual(await next(), ['instance-removed'])
    await watch.return?.()
  }),
]
