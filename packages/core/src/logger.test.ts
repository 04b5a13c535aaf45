import { expect, it } from 'vitest'
import { safeLogger, silentLogger } from './logger.ts'
import { createRecordingLogger } from './testing/recording-logger.ts'

it('passes lines on to the logger it wraps, and stays silent without one (seed-requirement 122)', () => {
  const recording = createRecordingLogger()
  safeLogger(recording).warn({ orderId: 'o1' }, 'slow')
  expect(recording.entries).toEqual([{ level: 'warn', fields: { orderId: 'o1' }, message: 'slow' }])
  expect(safeLogger()).toBe(silentLogger)
})

it('keeps a throwing logger from hurting its caller', () => {
  const broken = {
    ...silentLogger,
    error: () => {
      throw new Error('disk full')
    },
  }
  expect(() => safeLogger(broken).error({}, 'x')).not.toThrow()
})
