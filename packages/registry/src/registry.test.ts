import { HanseError } from '@hanse/core'
import type { Clock } from '@hanse/core'
import { createManualClock, createRecordingLogger } from '@hanse/core/testing'
import { createDatabase, sqlite } from '@hanse/data'
import type { DataEngine, Database, WriteStatement } from '@hanse/data'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRegistry } from './index.ts'
import type { RegistryOptions } from './index.ts'
import { createRegistryWorld, createScriptedProber } from './testing/index.ts'

/** An engine between the registry and the real one that can be away, and that keeps what was written. */
function tappedEngine(inner: DataEngine) {
  const writes: WriteStatement[] = []
  const state = { down: 'nothing' as 'nothing' | 'all' | 'writes', reads: 0, writes }
  const demandUp = (kind: 'reads' | 'writes'): void => {
    if (state.down === 'all' || (state.down === 'writes' && kind === 'writes')) throw new HanseError('the store is away', { code: 'AWAY', retryable: true })
  }
  const engine: DataEngine = {
    name: inner.name,
    capabilities: inner.capabilities,
    defaultSchemaMode: inner.defaultSchemaMode,
    start: (options) => inner.start(options),
    describe: (tables, options) => inner.describe(tables, options),
    alter: (changes, options) => inner.alter(changes, options),
    close: (options) => inner.close(options),
    [Symbol.asyncDispose]: () => inner.close(),
    async read(statement, options) {
      demandUp('reads')
      state.reads++
      return inner.read(statement, options)
    },
    async write(statements, options) {
      demandUp('writes')
      writes.push(...statements)
      return inner.write(statements, options)
    },
  }
  return { engine, state }
}

/** Several registries in virtual time on one in-memory store that can be away. */
async function openWorld() {
  const { engine, state } = tappedEngine(sqlite({ file: ':memory:' }))
  const db = createDatabase({ engine, tables: {} })
  // All members share one connection here; the world must not close it under the others.
  const store: Database = { ...db, close: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve() }
  const world = createRegistryWorld({ open: () => store })
  onTestFinished(async () => {
    state.down = 'nothing'
    await world[Symbol.asyncDispose]()
    await db.close()
  })
  return { world, state }
}

const orders = (port: number) => ({ name: 'orders', url: `http://10.0.0.1:${port}`, version: '1.0.0' })

function openRegistry(options: Partial<RegistryOptions> = {}) {
  const { engine, state } = tappedEngine(sqlite({ file: ':memory:' }))
  const db = createDatabase({ engine, tables: {} })
  const registry = createRegistry({ store: db, probe: false, ...options })
  onTestFinished(async () => {
    await registry.close()
    await db.close()
  })
  return { registry, state }
}

describe('a registry whose store goes away', { timeout: 60_000 }, () => {
  it('goes on serving its last snapshot and gives up nobody; after the return all is as before (seed-requirement 18)', async () => {
    const { world, state } = await openWorld()
    const [one, two, client] = [await world.join(), await world.join(), await world.join()]
    await one.registry.register(orders(1))
    await two.registry.register(orders(2))
    await world.until(async () => expect(await client.registry.discover('orders')).toHaveLength(2))
    state.down = 'all'
    await world.advance(120_000)
    const during = await client.registry.getAll()
    expect(during.source).toBe('stale')
    expect(during.ageMs).toBeGreaterThan(110_000)
    expect(during.instances.map(({ health }) => health)).toEqual(['healthy', 'healthy'])
    expect((await client.registry.pick('orders')).instance.service).toBe('orders')
    state.down = 'nothing'
    await world.advance(5_000)
    const after = await client.registry.getAll()
    expect([after.source, ...after.instances.map(({ health }) => health)]).toEqual(['live', 'healthy', 'healthy'])
  })

  it('still ejects what callers report, and what probes refuse, while the store is away', async () => {
    const { world, state } = await openWorld()
    const [server, client] = [await world.join(), await world.join()]
    const { instance } = await server.registry.register(orders(1))
    const other = await server.registry.register(orders(2))
    await world.until(async () => expect(await client.registry.discover('orders')).toHaveLength(2))
    state.down = 'all'
    world.prober.answer(instance.id, 'refused')
    const pick = await client.registry.pick('orders', { exclude: [other.instance.id] })
    pick.done({ ok: false, kind: 'refused' })
    await world.until(async () => expect((await client.registry.getAll()).instances[0]).toMatchObject({ health: 'unreachable', cause: 'probe-failed' }))
  })

  it('gives up nobody when only writes fail, its own among them, so that all fall silent at once', async () => {
    const { world, state } = await openWorld()
    const members = await Promise.all(Array.from({ length: 7 }, () => world.join()))
    for (const [index, member] of members.entries()) await member.registry.register(orders(index + 1))
    const client = await world.join({ probe: false })
    await world.advance(5_000)
    state.down = 'writes'
    await world.advance(120_000)
    for (const { registry } of [...members, client]) expect(await registry.discover('orders')).toHaveLength(7)
    state.down = 'nothing'
    // They come back one by one, within a beat and a fifth; who is the last is not given up for that.
    const lost = new Set<string>()
    for (let passedMs = 0; passedMs < 5_000; passedMs += 100) {
      await world.advance(100)
      for (const { registry } of [...members, client]) {
        for (const { health, port } of (await registry.getAll()).instances) if (health === 'unreachable') lost.add(`${port}`)
      }
    }
    expect([...lost]).toEqual([])
    for (const { registry } of [...members, client]) expect(await registry.discover('orders')).toHaveLength(7)
  })

  it('refuses to start or register, with the cause, and works when asked again', async () => {
    const { registry, state } = openRegistry()
    state.down = 'all'
    await expect(registry.start()).rejects.toMatchObject({ code: 'REGISTRY_STORE_UNAVAILABLE', retryable: true, cause: { code: 'AWAY' } })
    await expect(registry.pick('orders')).rejects.toMatchObject({ code: 'REGISTRY_STORE_UNAVAILABLE' })
    state.down = 'writes'
    await expect(registry.register(orders(1))).rejects.toMatchObject({ code: 'REGISTRY_STORE_UNAVAILABLE', cause: { code: 'AWAY' } })
    state.down = 'nothing'
    await registry.register(orders(2))
    expect((await registry.discover('orders')).map(({ port }) => port)).toEqual([2])
  })

  it('closes when the farewell cannot be written, and says so', async () => {
    const logger = createRecordingLogger()
    const { registry, state } = openRegistry({ logger })
    const registration = await registry.register(orders(1))
    state.down = 'writes'
    await registration.close()
    expect(logger.entries.map(({ message }) => message)).toContainEqual(expect.stringContaining('farewell'))
  })
})

describe('the record', { timeout: 60_000 }, () => {
  it('costs one plain upsert of one row a beat, whatever a process registers: no condition, no delete (seed-requirements 13, 21)', async () => {
    const { world, state } = await openWorld()
    const server = await world.join({ beat: { everyMs: 2_000 } })
    for (let port = 1; port <= 5; port++) await server.registry.register(orders(port))
    state.writes.length = 0
    await world.advance(60_000)
    expect(state.writes.length).toBeGreaterThanOrEqual(25)
    expect(state.writes.length).toBeLessThanOrEqual(38)
    await server.registry.close()
    for (const write of state.writes) {
      expect(write).toMatchObject({ kind: 'insert', ifAbsent: false, ttlSeconds: 30 })
    }
    const processes = state.writes.map((write) => (write.kind === 'insert' ? write.row['process_id'] : undefined))
    expect(new Set(processes).size).toBe(1)
  })

  it('reads the store by its refresh alone, never for a pick (seed-requirement 18)', async () => {
    const { registry, state } = openRegistry({ clock: createManualClock() })
    await registry.register(orders(1))
    const { reads } = state
    for (let index = 0; index < 1_000; index++) (await registry.pick('orders')).done()
    expect(state.reads).toBe(reads)
  })

  it('refuses a time to live of less than three beats (seed-requirement 13)', () => {
    expect(() => openRegistry({ beat: { everyMs: 2_000, ttlMs: 5_999 } })).toThrow('at least three beats (6000 ms)')
  })
})

describe('an observer that stood still', { timeout: 60_000 }, () => {
  it('accuses nobody, neither for missed beats nor for calls that timed out meanwhile', async () => {
    const { engine } = tappedEngine(sqlite({ file: ':memory:' }))
    const db = createDatabase({ engine, tables: {} })
    const manual = createManualClock()
    let stoodStillMs = 0
    const clock: Clock = { ...manual, now: () => manual.now() + stoodStillMs, monotonic: () => manual.monotonic() + stoodStillMs }
    const registry = createRegistry({ store: db, clock, probe: false })
    const serverClock = createManualClock()
    const server = createRegistry({ store: db, clock: serverClock })
    onTestFinished(async () => {
      await Promise.all([registry.close(), server.close()])
      await db.close()
    })
    await server.register(orders(1))
    await server.register(orders(2))
    await registry.start()
    const picker = registry.picker('orders', { strategy: 'round-robin' })
    const picks = Array.from({ length: 8 }, () => picker.pick())
    await serverClock.advance(5_000)
    await manual.advance(2_000)
    stoodStillMs = 600_000
    for (const pick of picks) pick.done({ ok: false, kind: 'timeout' })
    expect((await registry.getAll()).instances.map(({ health }) => health)).toEqual(['healthy', 'healthy'])
    await manual.advance(1_200)
    expect((await registry.getAll()).instances.map(({ health }) => health)).toEqual(['healthy', 'healthy'])
  })
})

describe('callers that report failures', { timeout: 60_000 }, () => {
  const ejectedOf = async (instances: number): Promise<number> => {
    const { registry } = openRegistry({ clock: createManualClock() })
    for (let port = 1; port <= instances; port++) await registry.register(orders(port))
    const picker = registry.picker('orders', { strategy: 'round-robin' })
    for (let call = 0; call < instances * 10; call++) picker.pick().done({ ok: false, kind: 'refused' })
    return (await registry.getAll()).instances.filter(({ health }) => health !== 'healthy').length
  }
  it('eject at most half of the instances, counted after the ejection, and never the only one', async () => {
    expect(await Promise.all([1, 2, 3, 4, 10].map(ejectedOf))).toEqual([0, 1, 1, 2, 5])
  })

  it('bring a failing instance out of the rotation at once, and back after its time when probes are good', async () => {
    const { world } = await openWorld()
    const [server, client] = [await world.join(), await world.join()]
    const { instance } = await server.registry.register(orders(1))
    await server.registry.register(orders(2))
    await world.until(async () => expect(await client.registry.discover('orders')).toHaveLength(2))
    const picker = client.registry.picker('orders', { strategy: 'round-robin' })
    for (let call = 0; call < 6; call++) {
      const pick = picker.pick()
      pick.done(pick.instance.id === instance.id ? { ok: false, kind: 'error' } : { ok: true })
    }
    const ports = Array.from({ length: 10 }, () => picker.pick().instance.port)
    expect(new Set(ports)).toEqual(new Set([2]))
    expect((await client.registry.explain('orders'))[0]).toMatchObject({ standing: 'suspect', reason: expect.stringContaining('reported') })
    await world.until(async () => expect(await client.registry.discover('orders')).toHaveLength(2), 3_000)
  })
})

describe('createRegistry', () => {
  it('does no I/O until it is used, and leaves no timer when it is closed (seed-requirement 14)', async () => {
    const clock = createManualClock()
    const prober = createScriptedProber('hang')
    const { registry, state } = openRegistry({ clock, probe: { prober } })
    expect([state.reads, clock.pendingTimers]).toEqual([0, 0])
    const registration = await registry.register(orders(1))
    await registry.pick('orders')
    await registration.drain({ settleMs: 0 })
    await registry.close()
    await registry.close()
    expect(clock.pendingTimers).toBe(0)
  })

  it('gives every registration an id and an address of its own choice, and closes all with itself', async () => {
    const { registry, state } = openRegistry()
    await using registration = await registry.register(orders(1))
    expect(registration.instance.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    await registry.close()
    expect(JSON.stringify(state.writes.at(-1))).toContain('left')
    await expect(registry.pick('orders')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('lets a picker be made before start, but not be used', async () => {
    const { registry } = openRegistry()
    const picker = registry.picker('orders')
    expect(() => picker.pick()).toThrow(expect.objectContaining({ code: 'NOT_STARTED' }))
    await registry.start()
    expect(() => picker.pick()).toThrow(expect.objectContaining({ code: 'REGISTRY_SERVICE_UNKNOWN' }))
    await registry.register(orders(1))
    expect(picker.pick().instance.port).toBe(1)
  })

  it('refuses an unreachable or malformed registration before it touches the store (seed-requirements 16, 101, 102)', async () => {
    const { registry, state } = openRegistry({ sharedBetweenHosts: true })
    await expect(registry.register({ ...orders(1), url: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'REGISTRY_ADDRESS_REFUSED' })
    await expect(registry.register({ ...orders(1), healthPath: 'x' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect([state.reads, state.writes.length]).toEqual([0, 0])
  })

  it('ends a drain early with the reason of its signal', async () => {
    const { registry } = openRegistry({ clock: createManualClock() })
    const registration = await registry.register(orders(1))
    const reason = new Error('now')
    const controller = new AbortController()
    const drained = registration.drain({ signal: controller.signal })
    controller.abort(reason)
    await expect(drained).rejects.toBe(reason)
    await expect(registry.pick('orders', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('refuses options that are none', () => {
    expect(() => openRegistry({ namespace: 'A B' })).toThrow("option 'namespace'")
    expect(() => openRegistry({ shards: 0 })).toThrow("option 'shards'")
    expect(() => openRegistry({ refresh: { everyMs: 0 } })).toThrow("option 'refresh.everyMs'")
    expect(() => openRegistry({ store: {} as Database })).toThrow("option 'store'")
  })
})

describe('watch', () => {
  it('throws the reason of its signal and ends when the registry closes', async () => {
    const { registry } = openRegistry()
    const controller = new AbortController()
    const aborted = registry.watch(undefined, { signal: controller.signal })
    const closed = registry.watch()
    await Promise.all([aborted.next(), closed.next()])
    const reason = new Error('enough')
    const waiting = aborted.next()
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    const ending = closed.next()
    await registry.close()
    expect(await ending).toEqual({ done: true, value: undefined })
  })

  it('gives a slow reader the latest change of each instance', async () => {
    const { registry } = openRegistry()
    const watch = registry.watch('orders')
    await watch.next()
    const registration = await registry.register(orders(1))
    await registration.drain({ settleMs: 0 })
    await registry.register(orders(2))
    const { value } = await watch.next()
    expect(value?.changes.map(({ type, instance }) => [type, instance.port])).toEqual([
      ['instance-leaving', 1],
      ['instance-registered', 2],
    ])
    await watch.return?.()
  })
})
