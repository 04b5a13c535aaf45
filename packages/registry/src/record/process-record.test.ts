import { describe, expect, it } from 'vitest'
import { createAddressCheck } from './address-rules.ts'
import { decodeRecord, encodeDocument } from './process-record.ts'
import type { ProcessRecord } from './process-record.ts'
import { resolveInstance } from './register-options.ts'

const check = createAddressCheck()
const instance = resolveInstance(
  { name: 'order-service', version: '1.4.0', url: 'http://10.0.0.7:3001', healthPath: '/health', metadata: { pid: '7' }, zone: 'north', weight: 2 },
  { id: '019b0000-0000-7000-8000-000000000001', incarnation: 7, startedAt: new Date(1_000) },
  check,
)
const record: ProcessRecord = { processId: 'p1', sequence: 3, beatEveryMs: 2_000, instances: [{ instance, status: 'leaving' }] }

describe('the process record', () => {
  it('survives the way through the store', () => {
    expect(decodeRecord('p1', 3, encodeDocument(record), check)).toEqual({ record, problems: [] })
  })

  it('leaves out an instance whose address this reader does not allow, and says so (seed-requirement 103)', () => {
    const strict = createAddressCheck({ allowedNetworks: ['192.168.0.0/16'] })
    expect(decodeRecord('p1', 3, encodeDocument(record), strict)).toEqual({
      record: { ...record, instances: [] },
      problems: ["address 'http://10.0.0.7:3001' is refused: it is outside the allowed networks."],
    })
  })

  it.each(['', 'null', '[]', '{"everyMs":0,"instances":[]}', '{"everyMs":2000}'])('reports the unreadable record %j', (text) => {
    expect(decodeRecord('p1', 3, text, check)).toContain('not readable')
  })

  it.each([{ id: 1 }, { status: 'gone' }, { incarnation: 'x' }, { metadata: { a: 1 } }, { version: 'x' }, { name: 'A B' }, { startedAt: null }])(
    'leaves out an instance with the wrong field %j (seed-requirement 102)',
    (wrong) => {
      const document = JSON.parse(encodeDocument(record)) as { instances: object[] }
      document.instances[0] = { ...document.instances[0], ...wrong }
      expect(decodeRecord('p1', 3, JSON.stringify(document), check)).toMatchObject({ record: { instances: [] }, problems: [expect.any(String)] })
    },
  )
})
