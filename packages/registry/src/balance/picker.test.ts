import { HanseError, seededRandom } from '@hanse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAddressCheck } from '../record/address-rules.ts'
import type { Health, HealthCause, InstanceStatus } from '../record/instance.ts'
import { resolveInstance } from '../record/register-options.ts'
import { Endpoint, ServiceEndpoints } from '../view/endpoint.ts'
import { createPicker } from './picker.ts'
import type { PickerOptions } from './picker.ts'
import { strategyNames } from './strategy.ts'

interface Given {
  readonly status?: InstanceStatus
  readonly health?: Health
  readonly cause?: HealthCause
  readonly version?: string
  readonly metadata?: Record<string, string>
  readonly weight?: number
}

const check = createAddressCheck()
const name = (index: number) => `i${String(index).padStart(4, '0')}`

function makeService(given: readonly Given[]): ServiceEndpoints {
  const service = new ServiceEndpoints('orders')
  given.forEach(({ status = 'up', health = 'healthy', cause = 'silent', version = '1.0.0', metadata = {}, weight = 1 }, index) => {
    const options = { name: 'orders', url: `http://10.0.0.1:${index + 1}`, version, metadata, weight }
    const endpoint = new Endpoint('p', resolveInstance(options, { id: name(index), incarnation: 1, startedAt: new Date(0) }, check), status)
    endpoint.health = health
    endpoint.cause = health === 'healthy' ? undefined : cause
    service.add(endpoint)
  })
  return service
}

function make(given: readonly Given[], options: PickerOptions = {}, seed = 1) {
  const service = makeService(given)
  const picker = createPicker('orders', options, { endpoints: () => service, report: () => undefined, random: seededRandom(seed), panicShare: 0.5 })
  const count = (picks: number, finish = true) => {
    const counts = new Map<string, number>()
    for (let index = 0; index < picks; index++) {
      const pick = picker.pick()
      counts.set(pick.instance.id, (counts.get(pick.instance.id) ?? 0) + 1)
      if (finish) pick.done()
    }
    return counts
  }
  return { service, picker, count }
}

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return HanseError.isInstance(error) ? error.code : String(error)
  }
  return 'nothing was thrown'
}

const anyGiven = fc.record<Given>({
  status: fc.constantFrom<InstanceStatus>('up', 'up', 'leaving', 'left'),
  health: fc.constantFrom<Health>('healthy', 'healthy', 'suspect', 'unreachable'),
  version: fc.constantFrom('1.0.0', '1.9.0', '2.0.0'),
  weight: fc.constantFrom(0.5, 1, 10),
})
const anyStrategy = fc.constantFrom(...strategyNames)

describe('pickers', () => {
  it('rotates exactly: every run of n picks takes each of n instances once (seed-requirement 17)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), fc.integer({ min: 1, max: 5 }), (size, seed, rounds) => {
        const { count } = make(Array<Given>(size).fill({}), { strategy: 'round-robin' }, seed)
        const counts = count(size * rounds)
        expect([...counts.values()]).toEqual(Array(size).fill(rounds))
      }),
    )
  })

  it('goes on rotating when the list changes', () => {
    const { service, picker } = make([{}, {}, {}], { strategy: 'round-robin' })
    const first = picker.pick().instance.id
    service.revision++
    expect(picker.pick().instance.id).not.toBe(first)
  })

  it('never picks what is leaving, given up, filtered out or excluded, and no suspect unless too few are healthy', () => {
    fc.assert(
      fc.property(fc.array(anyGiven, { maxLength: 12 }), anyStrategy, fc.integer(), fc.array(fc.nat(11)), (given, strategy, seed, excluded) => {
        const { picker } = make(given, { strategy, version: '^1' }, seed)
        const exclude = excluded.map(name)
        const wanted = given.map((entry, index) => ({ ...entry, id: name(index) })).filter((entry) => entry.status === 'up' && entry.version !== '2.0.0')
        const healthy = wanted.filter((entry) => entry.health === 'healthy')
        const suspects = wanted.filter((entry) => entry.health === 'suspect')
        const panic = suspects.length > 0 && healthy.length < (healthy.length + suspects.length) / 2
        const first = (panic ? [...healthy, ...suspects] : healthy).filter((entry) => !exclude.includes(entry.id))
        const allowed = (first.length > 0 ? first : suspects.filter((entry) => !exclude.includes(entry.id))).map((entry) => entry.id)
        const draw = (): string => (allowed.length === 0 ? codeOf(() => picker.pick({ exclude })) : picker.pick({ exclude: new Set(exclude) }).instance.id)
        const expected = allowed.length === 0 ? ['REGISTRY_NO_HEALTHY_INSTANCE'] : allowed
        for (let round = 0; round < 30; round++) expect(expected).toContain(draw())
      }),
    )
  })

  it('joins the unproven first when too few are healthy, and others only when that is not enough', () => {
    const unproven: Given = { health: 'suspect', cause: 'unproven' }
    const silent: Given = { health: 'suspect', cause: 'silent' }
    const standings = (...given: readonly Given[]) =>
      make(given)
        .picker.explain()
        .map(({ standing }) => standing)
    expect(standings(unproven, unproven)).toEqual(['in-panic', 'in-panic'])
    expect(standings({}, unproven, silent)).toEqual(['in', 'in-panic', 'suspect'])
    expect(standings({}, {}, silent)).toEqual(['in', 'in', 'suspect'])
    expect(standings(unproven, silent, silent, silent)).toEqual(['in-panic', 'in-panic', 'in-panic', 'in-panic'])
    expect(standings(unproven, silent)).toEqual(['in-panic', 'suspect'])
  })

  it('reaches every instance by every strategy', () => {
    for (const strategy of strategyNames) expect(make(Array<Given>(10).fill({}), { strategy }).count(2_000).size).toBe(10)
  })

  it('draws evenly at random and by weight when weighted (seed-requirements 17, 20)', () => {
    const even = make([{}, {}, {}, {}], { strategy: 'random' }).count(40_000)
    for (const share of even.values()) expect(Math.abs(share - 10_000)).toBeLessThan(500)
    const canary = make([{ weight: 1 }, { weight: 1 }, { weight: 0.1 }], { strategy: 'weighted' }).count(42_000)
    expect(Math.abs((canary.get(name(2)) ?? 0) - 2_000)).toBeLessThan(200)
    expect(Math.abs((canary.get(name(0)) ?? 0) - 20_000)).toBeLessThan(600)
  })

  it('keeps the calls under way nearly level by least-requests (seed-requirement 17)', () => {
    const { count, service } = make(Array<Given>(100).fill({}), { strategy: 'least-requests' })
    count(1_000, false)
    const loads = service.endpoints.map((endpoint) => endpoint.inFlight)
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(6)
  })

  it('spares an instance that does not finish its calls', () => {
    const { picker } = make([{}, {}, {}], { strategy: 'least-requests' })
    const counts = new Map<string, number>()
    for (let index = 0; index < 3_000; index++) {
      const pick = picker.pick()
      counts.set(pick.instance.id, (counts.get(pick.instance.id) ?? 0) + 1)
      if (pick.instance.id !== name(0)) pick.done()
    }
    expect(counts.get(name(0)) ?? 0).toBeLessThan(5)
  })

  it('counts a call under way once, however often it is reported', () => {
    const { picker, service } = make([{}])
    const pick = picker.pick()
    expect(service.endpoints[0]?.inFlight).toBe(1)
    pick.done()
    pick.done({ ok: false, kind: 'error' })
    expect(service.endpoints[0]?.inFlight).toBe(0)
  })

  it('steers by semver range and metadata (seed-requirement 20)', () => {
    const given = [{ version: '1.4.0' }, { version: '2.1.0', metadata: { tier: 'gold' } }, { version: '2.2.0-rc.1' }]
    expect([...make(given, { version: '>=2' }).count(10).keys()]).toEqual([name(1)])
    expect([
      ...make(given, { metadata: { tier: 'gold' } })
        .count(10)
        .keys(),
    ]).toEqual([name(1)])
    expect(() => make(given, { version: '^3' }).picker.pick()).toThrow('its instances: 3 version')
    expect(() => make(given, { metadata: { constructor: 'x' } }).picker.pick()).toThrow('3 metadata')
  })

  it('explains each instance', () => {
    const { picker } = make([{}, { health: 'suspect' }, { status: 'leaving' }, { health: 'unreachable' }], {})
    expect(picker.explain({ exclude: [name(0)] }).map(({ standing, reason }) => [standing, reason])).toEqual([
      ['in', 'the caller excluded it'],
      ['suspect', 'it is suspect and enough others are healthy (silent)'],
      ['leaving', 'it is leaving, or has left'],
      ['unreachable', 'it is given up until it proves itself again (silent)'],
    ])
  })

  it('refuses options that are none', () => {
    expect(() => make([], { strategy: 'fastest' as 'random' })).toThrow("option 'strategy'")
    expect(() => make([], { version: 'newest' })).toThrow("option 'version'")
  })
})
