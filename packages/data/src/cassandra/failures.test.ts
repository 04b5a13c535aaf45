import { errors, types } from 'cassandra-driver'
import { describe, expect, it } from 'vitest'
import { engineFailed, isOutcomeUnknown } from './failures.ts'

const { responseErrorCodes: codes } = types
const answer = (code: number) => new errors.ResponseError(code, `the server says ${code}`)
const timedOut = new errors.OperationTimedOutError('no answer within 12000 ms')
const lost = new errors.DriverInternalError('the connection was closed')

describe('a failure of the driver or the server', () => {
  // After an unknown outcome a conditional write is settled by a serial read; the caller may try again after what is transient.
  it.each([
    ['writeTimeout', answer(codes.writeTimeout), { unknown: true, retryable: true }],
    ['writeFailure', answer(codes.writeFailure), { unknown: true, retryable: true }],
    ['readTimeout', answer(codes.readTimeout), { unknown: true, retryable: true }],
    ['readFailure', answer(codes.readFailure), { unknown: true, retryable: true }],
    ['unavailable', answer(codes.unavailableException), { unknown: true, retryable: true }],
    ['an unknown outcome of Paxos', answer(0x17_00), { unknown: true, retryable: true }],
    ['overloaded', answer(codes.overloaded), { unknown: false, retryable: true }],
    ['bootstrapping', answer(codes.isBootstrapping), { unknown: false, retryable: true }],
    ['a syntax error', answer(codes.syntaxError), { unknown: false, retryable: false }],
    ['an invalid statement', answer(codes.invalid), { unknown: false, retryable: false }],
    ['unauthorized', answer(codes.unauthorized), { unknown: false, retryable: false }],
    ['no answer in time', timedOut, { unknown: true, retryable: true }],
    ['a lost connection', lost, { unknown: true, retryable: true }],
    ['a busy connection', new errors.BusyConnectionError('10.0.0.1', 2_048, 1), { unknown: false, retryable: true }],
    ['no node, after a time-out of one', new errors.NoHostAvailableError({ '10.0.0.1': timedOut }, 'none'), { unknown: true, retryable: true }],
    ['no node at all', new errors.NoHostAvailableError({}, 'none'), { unknown: false, retryable: true }],
    ['a mistake of ours', new TypeError('x is not a function'), { unknown: false, retryable: false }],
  ])('%s', (_, error, { unknown, retryable }) => {
    expect(isOutcomeUnknown(error)).toBe(unknown)
    expect(engineFailed("write 'orders'", error)).toMatchObject({ code: 'ENGINE_FAILED', retryable, cause: error })
  })
})
