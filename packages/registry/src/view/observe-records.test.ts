import { describe, expect, it } from 'vitest'
import type { ProcessRecord } from '../record/process-record.ts'
import { excuseSilence, isMassSilence, observeRecords, observedMs } from './observe-records.ts'

const record = (processId: string, sequence: number): ProcessRecord => ({ processId, sequence, beatEveryMs: 1_000, instances: [] })

describe('observeRecords', () => {
  it('takes progress of the sequence, and nothing else, as life (seed-requirement 21)', () => {
    const first = observeRecords(undefined, [record('a', 5), record('b', 9)], 0)
    const second = observeRecords(first, [record('a', 6), record('b', 9)], 1_000)
    expect(second.get('a')).toMatchObject({ progressed: true, silentMs: 0 })
    expect(second.get('b')).toMatchObject({ progressed: false, silentMs: 1_000 })
    expect(observeRecords(second, [record('a', 7), record('b', 10)], 1_000).get('b')).toMatchObject({ progressed: true, silentMs: 0 })
  })

  it('ignores an older copy of a record', () => {
    const first = observeRecords(undefined, [record('a', 5)], 0)
    const second = observeRecords(first, [record('a', 4)], 1_000)
    expect(second.get('a')).toMatchObject({ progressed: false, record: { sequence: 5 } })
  })

  it('tells records that appear under its eyes from those that were there before', () => {
    const first = observeRecords(undefined, [record('a', 5)], 0)
    const second = observeRecords(first, [record('a', 6), record('b', 1)], 1_000)
    expect([second.get('a')?.watched, second.get('b')?.watched]).toEqual([false, true])
  })

  it('removes nothing because a read came back empty (seed-requirement 18)', () => {
    const first = observeRecords(undefined, [record('a', 5)], 0)
    expect(observeRecords(first, [], 1_000).get('a')).toMatchObject({ absent: true, silentMs: 1_000 })
    expect(observeRecords(observeRecords(first, [], 1_000), [record('a', 6)], 1_000).get('a')).toMatchObject({ absent: false, silentMs: 0 })
  })
})

describe('observedMs', () => {
  it('counts a look that comes late as two intervals at most, so that a stalled observer accuses nobody (seed-requirement 21)', () => {
    expect([observedMs(1_000, 1_000), observedMs(2_500, 1_000), observedMs(3_600_000, 1_000), observedMs(-5, 1_000)]).toEqual([1_000, 2_000, 2_000, 0])
  })
})

describe('excuseSilence', () => {
  it('excuses the silence until now, not what follows, until the next progress', () => {
    const silent = observeRecords(observeRecords(undefined, [record('a', 5)], 0), [record('a', 5)], 3_000)
    const later = observeRecords(excuseSilence(silent), [record('a', 5)], 1_000)
    expect(later.get('a')).toMatchObject({ silentMs: 4_000, excusedMs: 3_000 })
    expect(observeRecords(later, [record('a', 6)], 1_000).get('a')).toMatchObject({ silentMs: 0, excusedMs: 0 })
  })
})

describe('isMassSilence', () => {
  const after = (silent: number, beating: number) => {
    const name = (index: number) => `p${index}`
    const all = Array.from({ length: silent + beating }, (_, index) => record(name(index), 1))
    const first = observeRecords(undefined, all, 0)
    const next = all.map((entry, index) => (index < silent ? entry : { ...entry, sequence: 2 }))
    return isMassSilence(observeRecords(first, next, 3_000), 2.5)
  }
  it('suspects the store when most processes fall silent at once', () => {
    expect([after(1, 0), after(1, 1), after(2, 1), after(2, 2), after(3, 2), after(0, 3)]).toEqual([false, false, true, false, true, false])
  })
})
