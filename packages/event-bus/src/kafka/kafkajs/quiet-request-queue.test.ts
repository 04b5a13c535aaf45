import { describe, expect, it } from 'vitest'
import { quietRequestQueue, requestQueuePrototype } from './quiet-request-queue.ts'

interface Probe {
  pending: readonly unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null | undefined
  checkPendingRequests: () => void
}

const probe = (pending: readonly unknown[]): Probe => ({
  pending,
  throttledUntil: -1,
  throttleCheckTimeoutId: undefined,
  checkPendingRequests: () => undefined,
})

describe('quietRequestQueue', () => {
  it('sets no timer for a negative time when no request waits', () => {
    quietRequestQueue()
    const idle = probe([])
    requestQueuePrototype()?.scheduleCheckPendingRequests.call(idle as never)
    expect(idle.throttleCheckTimeoutId).toBeUndefined()
  })

  it('still looks after requests that wait', async () => {
    quietRequestQueue()
    const busy = probe(['request'])
    const checked = new Promise<void>((resolve) => (busy.checkPendingRequests = resolve))
    requestQueuePrototype()?.scheduleCheckPendingRequests.call(busy as never)
    expect(busy.throttleCheckTimeoutId).toBeDefined()
    await expect(checked).resolves.toBeUndefined()
  })
})
