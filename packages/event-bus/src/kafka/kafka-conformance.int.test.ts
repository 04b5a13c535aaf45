import { describe, expect, inject, it } from 'vitest'
import { eventTransportConformance } from '../testing/index.ts'
import { kafka } from './index.ts'

const { kafka: server } = inject('engines')
const open = () => kafka({ brokers: server?.brokers ?? ['127.0.0.1:1'] })

describe.skipIf(server === undefined)('Kafka keeps the port of a transport (needs kafka)', () => {
  for (const testCase of eventTransportConformance) {
    const requires = testCase.requires ?? []
    const fits = requires.every((capability) => open().capabilities.includes(capability))
    it.skipIf(!fits)(`${testCase.name}${fits ? '' : ` (needs ${requires.join(', ')})`}`, async () => {
      await expect(testCase.run({ transport: open(), reopen: open, patienceMs: 30_000 })).resolves.toBeUndefined()
    })
  }
})
