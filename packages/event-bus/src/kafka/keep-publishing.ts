import { systemClock } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import { nameOf, numbered } from '../crash/crash-events.ts'
import type { EventBus } from '../index.ts'

/** What is published, and how patiently {@link keepPublishing} waits for it. */
export interface PublishingOptions {
  readonly type: string
  readonly keys: readonly string[]
  /** The pause of a key between two events, in milliseconds. */
  readonly pauseMs: number
  /** How long `more` waits, in milliseconds. */
  readonly withinMs: number
}

/** Publishes rising numbers under some keys until it is told to stop. An event whose publish failed is not repeated: its outcome is unknown. */
export function keepPublishing(bus: EventBus, { type, keys, pauseMs, withinMs }: PublishingOptions) {
  const event = numbered(type)
  const acked = new Set<string>()
  const failures: unknown[] = []
  let over = false
  const running = Promise.all(
    keys.map(async (key) => {
      for (let n = 0; !over; n++) {
        try {
          await bus.publish(event, { key, n })
          acked.add(nameOf({ key, n }))
        } catch (error) {
          failures.push(error)
        }
        await systemClock.sleep(pauseMs)
      }
    }),
  )
  /** Waits until more than so many further events were published. */
  const more = async (count: number): Promise<void> => {
    const before = acked.size
    const check = (): void => {
      if (acked.size <= before + count) throw new Error(`${acked.size - before} events were published, more than ${count} were expected`)
    }
    await eventually(check, { timeoutMs: withinMs, everyMs: 20 })
  }
  const stop = async (): Promise<void> => {
    over = true
    await running
  }
  return { acked: acked as ReadonlySet<string>, failures: failures as readonly unknown[], more, stop }
}
