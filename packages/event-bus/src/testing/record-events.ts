import { generateId } from '@hanse/core'
import { eventually } from '@hanse/core/testing'
import type { EventBus } from '../event-bus.ts'
import type { BusEvent, EventOf } from '../event/bus-event.ts'
import type { EventDefinition } from '../event/define-event.ts'

/** What a test saw on a bus. */
export interface EventRecorder<Event extends BusEvent> extends AsyncDisposable {
  /** Everything so far, in the order of arrival. */
  readonly events: readonly Event[]
  /**
   * The first event that matches, as soon as it has come.
   * @throws when none has come within `timeoutMs` (10 seconds by default); the message lists what came
   */
  waitFor(matches: (event: Event) => boolean, options?: { readonly timeoutMs?: number }): Promise<Event>
}

/**
 * Records events for a test, in a group of its own: what is published after it has resolved.
 *
 * @example
 * ```ts
 * await using recorder = await recordEvents(bus, [orderPlaced, orderPaid])
 * await placeOrder()
 * await recorder.waitFor((event) => event.type === 'order.paid')
 * ```
 */
export async function recordEvents<const E extends readonly EventDefinition[]>(
  bus: Pick<EventBus, 'subscribe'>,
  definitions: E,
): Promise<EventRecorder<EventOf<E>>> {
  const events: EventOf<E>[] = []
  const group = `recorder-${generateId()}`
  const subscription = await bus.subscribe(definitions, { group }, (event) => void events.push(event))
  return {
    events,
    waitFor: (matches, options = {}) =>
      eventually(() => {
        const found = events.find(matches)
        if (found === undefined) throw new Error(`no such event among ${events.length}: ${events.map((event) => `${event.type} ${event.key}`).join(', ')}`)
        return found
      }, options),
    [Symbol.asyncDispose]: () => subscription.close(),
  }
}
