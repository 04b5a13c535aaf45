import { startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { eventTransportConformance } from '../testing/index.ts'
import { kafka } from './index.ts'

const { kafka: server } = inject('engines')
const older = '3.9.1'

describe.skipIf(server === undefined).each([server?.version ?? 'none', older])('Kafka %s keeps the port of a transport (needs kafka)', (version) => {
  let infra: Infra | undefined
  let brokers = server?.brokers ?? []
  beforeAll(async () => {
    if (version !== older) return
    infra = await startInfra({ engines: ['kafka'], versions: { kafka: older } })
    brokers = infra.kafka?.brokers ?? []
  })
  afterAll(() => infra?.close())

  const { capabilities } = kafka({ brokers: ['127.0.0.1:1'] })
  for (const testCase of eventTransportConformance) {
    const requires = testCase.requires ?? []
    const fits = requires.every((capability) => capabilities.includes(capability))
    it.skipIf(!fits)(`${testCase.name}${fits ? '' : ` (needs ${requires.join(', ')})`}`, { concurrent: true }, async () => {
      const open = () => kafka({ brokers })
      await expect(testCase.run({ transport: open(), reopen: open, patienceMs: 30_000 })).resolves.toBeUndefined()
    })
  }
})
