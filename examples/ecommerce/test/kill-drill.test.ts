import { expect, it } from 'vitest'
import { runKillDrill } from '../drill/kill-drill.ts'
import { freePorts } from '../drill/free-ports.ts'

it(
  'loses no acknowledged order, no unit and no cent when service after service is killed with kill -9 (E7, seed-requirement 85)',
  { timeout: 300_000 },
  async () => {
    const killed: string[] = []
    const result = await runKillDrill({ orders: 150, port: await freePorts(), concurrency: 8, pauseMs: 300, seed: 7, log: (line) => killed.push(line) })
    expect(result.audit.faults).toEqual([])
    expect(result.audit.unfinished).toEqual([])
    expect(result.lost).toEqual([])
    expect(result.acknowledged).toBe(150)
    expect(killed.length).toBeGreaterThan(3)
  },
)
