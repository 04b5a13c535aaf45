import { generateId, silentLogger } from '@hanse/core'
import { describe, expect, inject, it } from 'vitest'
import { createCrashRun } from '../crash/crash-run.ts'
import { standstill } from '../crash/standstill.ts'
import { createEventBus } from '../index.ts'
import { kafka } from './index.ts'

const { kafka: server } = inject('engines')

describe.skipIf(server === undefined)('a member on Kafka that stood still (needs kafka)', () => {
  it('begins nothing that others took over meanwhile', { timeout: 120_000 }, async () => {
    const brokers = server?.brokers ?? []
    await using run = createCrashRun()
    await using bus = createEventBus({ transport: kafka({ brokers }), source: 'test', logger: silentLogger })
    const stop = async (child: { kill(signal: 'SIGSTOP'): boolean }): Promise<void> => void child.kill('SIGSTOP')
    const { before, after } = await standstill({ run, bus, type: `still-${generateId()}`, brokers: brokers.join(','), stop })
    expect(before.length).toBeGreaterThanOrEqual(3)
    expect(after).toEqual([])
  })
})
