import { silentLogger } from '@hanse/core'
import { createManualClock, createRecordingLogger } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { createAddressCheck } from '../record/address-rules.ts'
import { resolveInstance } from '../record/register-options.ts'
import { createScriptedProber } from '../testing/scripted-prober.ts'
import { Endpoint } from '../view/endpoint.ts'
import type { ProbeOutcome } from './judge-health.ts'
import { ProbeScheduler } from './probe-scheduler.ts'
import type { ProbeSchedulerOptions } from './probe-scheduler.ts'

function endpoint(id: string): Endpoint {
  const options = { name: 'orders', url: 'http://10.0.0.1:1', version: '1.0.0' }
  return new Endpoint('p', resolveInstance(options, { id, incarnation: 1, startedAt: new Date(0) }, createAddressCheck()), 'up')
}

function make(options: Partial<ProbeSchedulerOptions> = {}) {
  const clock = createManualClock()
  const prober = createScriptedProber('hang')
  const outcomes: [string, ProbeOutcome][] = []
  const doubted = new Set<string>()
  const scheduler = new ProbeScheduler({
    prober,
    everyMs: 500,
    timeoutMs: 1_000,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    stalled: () => false,
    needsProbe: ({ instance }) => doubted.has(instance.id),
    onOutcome: ({ instance }, outcome) => void outcomes.push([instance.id, outcome]),
    ...options,
  })
  const doubt = (suspect: Endpoint): void => {
    doubted.add(suspect.instance.id)
    scheduler.doubt(suspect)
  }
  return { clock, prober, outcomes, doubted, scheduler, doubt }
}

describe('ProbeScheduler', () => {
  it('probes an endpoint in doubt at once and again, one probe at a time, until the doubt is over', async () => {
    const { clock, prober, outcomes, doubted, doubt, scheduler } = make()
    const suspect = endpoint('a')
    doubt(suspect)
    doubt(suspect)
    await clock.advance(0)
    expect(prober.probed).toEqual(['a'])
    await clock.advance(1_500)
    expect([prober.probed.length, outcomes]).toEqual([2, [['a', 'timeout']]])
    prober.answer('a', 'answered')
    await clock.advance(1_500)
    doubted.clear()
    const { length } = prober.probed
    await clock.advance(10_000)
    expect(prober.probed.length).toBe(length)
    await scheduler.close()
  })

  it('draws no conclusion from time-outs while this process itself stands still', async () => {
    const { clock, outcomes, doubt, scheduler } = make({ stalled: () => true })
    doubt(endpoint('a'))
    await clock.advance(5_000)
    expect(outcomes).toEqual([])
    await scheduler.close()
  })

  it('counts a prober that throws as failed, and says so', async () => {
    const logger = createRecordingLogger()
    const { clock, outcomes, doubt, scheduler } = make({ logger, prober: { probe: () => Promise.reject(new Error('broken')) } })
    doubt(endpoint('a'))
    await clock.advance(0)
    expect(outcomes).toEqual([['a', 'failed']])
    expect(logger.entries[0]?.message).toContain('prober threw')
    await scheduler.close()
  })

  it('runs at most sixteen probes at once, and ends all of them when it closes', async () => {
    const { clock, prober, doubt, scheduler } = make()
    for (let index = 0; index < 40; index++) doubt(endpoint(`e${index}`))
    await clock.advance(0)
    expect(prober.probed.length).toBe(16)
    await clock.advance(1_000)
    expect(prober.probed.length).toBe(32)
    await scheduler.close()
    expect(clock.pendingTimers).toBe(0)
    doubt(endpoint('late'))
    await clock.advance(1_000)
    expect(prober.probed.length).toBe(32)
  })
})
