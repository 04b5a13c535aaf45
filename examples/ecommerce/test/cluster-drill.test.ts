import { expect, it } from 'vitest'
import { freePorts } from '../drill/free-ports.ts'
import { runKillDrill } from '../drill/kill-drill.ts'
import { engines } from './test-shop.ts'

it.skipIf(engines !== 'cluster')(
  'loses no acknowledged order, no unit and no cent when services, Cassandra and Kafka are killed with kill -9 (needs cassandra, kafka, elasticsearch)',
  { timeout: 400_000 },
  async () => {
    const killed: string[] = []
    const log = (line: string): void => void killed.push(line)
    const result = await runKillDrill({ engines: 'cluster', orders: 60, port: await freePorts(), concurrency: 4, pauseMs: 300, seed: 11, log })
    expect(result.audit.faults).toEqual([])
    expect(result.audit.unfinished).toEqual([])
    expect(result.lost).toEqual([])
    expect(result.acknowledged).toBe(60)
    expect(killed).toContain('killed cassandra-1')
  },
)
