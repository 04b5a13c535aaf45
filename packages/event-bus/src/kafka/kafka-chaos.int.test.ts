// Random harm. By hand, for longer and with other seeds: HANSE_CHAOS_SEEDS=3,4,5 HANSE_CHAOS_SECONDS=300; what is done is then told.
import { startInfra } from '@hanse/infra'
import { describe, expect, inject, it } from 'vitest'
import { faultsOf, runKafkaChaos } from './kafka-chaos.ts'

const { kafka: server } = inject('engines')
const { HANSE_CHAOS_SEEDS: chosen, HANSE_CHAOS_SECONDS: length = '25' } = process.env
const seeds = (chosen ?? '1').split(',').map(Number)
const seconds = Number(length)
const log = (line: string): void => void (chosen !== undefined && process.stdout.write(`${line}\n`))

describe.skipIf(server === undefined)('Kafka under random harm (needs kafka)', () => {
  it.each(seeds)(
    'loses nothing, keeps order, gives each event one effect, repeats little and comes to rest (seed %i)',
    { timeout: seconds * 1_000 + 300_000 },
    async (seed) => {
      await using infra = await startInfra({ engines: ['kafka'], nodes: 3 })
      const result = await runKafkaChaos({ nodes: infra.nodes, seed, seconds, log })
      log(JSON.stringify({ seed, seconds, ...result }, undefined, 2))
      expect(faultsOf(result)).toEqual([])
    },
  )
})
