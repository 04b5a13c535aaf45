import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import type { ConformanceCase } from '@hanse/core/testing'
import type { Pick, Resolver } from '../upstream/resolver.ts'

/** What a suite of {@link resolverConformance} runs against: a resolver of yours over services of the case's choice. */
export interface ResolverHarness {
  /** Makes a resolver that knows exactly these services at exactly these addresses, all healthy. */
  readonly create: (services: Readonly<Record<string, readonly string[]>>) => Promise<Resolver>
}

const nothing: ReadonlySet<string> = new Set()
const three = { shop: ['http://127.0.0.1:4001', 'http://127.0.0.1:4002', 'http://127.0.0.1:4003'], empty: [], other: ['http://127.0.0.1:4009'] }

/** What every {@link Resolver} must show. Run it with any test runner. */
export const resolverConformance: readonly ConformanceCase<ResolverHarness>[] = [
  {
    name: 'an instance of the service is picked, with the address it was given',
    async run({ create }) {
      const picked = pick(await create(three), 'other')
      equal(picked.instance.url, 'http://127.0.0.1:4009')
      ok(picked.instance.id.length > 0)
      picked.done({ ok: true, latencyMs: 1, cancelled: false })
    },
  },
  {
    name: 'a service that was never heard of is unknown',
    async run({ create }) {
      equal((await create(three)).resolve('nobody', { exclude: nothing }), 'unknown')
    },
  },
  {
    name: 'names of inherited properties are unknown services',
    async run({ create }) {
      const resolver = await create(three)
      for (const name of ['constructor', '__proto__', 'toString', '']) equal(resolver.resolve(name, { exclude: nothing }), 'unknown')
    },
  },
  {
    name: 'a known service without instances is unavailable',
    async run({ create }) {
      const resolver = await create(three)
      notEqual(resolver.resolve('empty', { exclude: nothing }), 'unknown')
      equal(resolver.resolve('empty', { exclude: nothing }), 'unavailable')
    },
  },
  {
    name: 'an excluded instance is not picked',
    async run({ create }) {
      const resolver = await create(three)
      const first = pick(resolver, 'shop')
      for (let i = 0; i < 20; i++) notEqual(pick(resolver, 'shop', [first.instance.id]).instance.id, first.instance.id)
    },
  },
  {
    name: 'a service whose instances are all excluded is unavailable',
    async run({ create }) {
      const resolver = await create(three)
      const tried = new Set<string>()
      for (let i = 0; i < 3; i++) tried.add(pick(resolver, 'shop', [...tried]).instance.id)
      equal(tried.size, 3)
      equal(resolver.resolve('shop', { exclude: tried }), 'unavailable')
    },
  },
  {
    name: 'all instances are picked in time',
    async run({ create }) {
      const resolver = await create(three)
      const urls = new Set<string>()
      for (let i = 0; i < 300; i++) urls.add(finish(pick(resolver, 'shop')).instance.url)
      deepEqual([...urls].sort(), three.shop)
    },
  },
  {
    name: 'a report of success, failure or cancellation is taken without an error',
    async run({ create }) {
      const resolver = await create(three)
      pick(resolver, 'shop').done({ ok: true, latencyMs: 3, cancelled: false })
      pick(resolver, 'shop').done({ ok: false, latencyMs: 3, cancelled: false })
      pick(resolver, 'shop').done({ ok: true, latencyMs: 3, cancelled: true })
    },
  },
]

function pick(resolver: Resolver, service: string, exclude: readonly string[] = []): Pick {
  const picked = resolver.resolve(service, { exclude: new Set(exclude), key: 'ada' })
  if (typeof picked === 'string') throw new Error(`Expected an instance of '${service}'; got '${picked}'.`)
  return picked
}

function finish(picked: Pick): Pick {
  picked.done({ ok: true, latencyMs: 1, cancelled: false })
  return picked
}
