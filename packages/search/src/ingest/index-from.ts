import type { Schema, SchemaOutput } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { PendingWrite } from './index-writer.ts'

/** An event as a bus delivers it: what this package needs to know of it. */
export interface DeliveredEvent<Data = unknown> {
  readonly data: Data
}

/** What the handler of a subscription is told beside the event. */
export interface DeliveryContext {
  readonly signal: AbortSignal
}

/** A type of event: what this package needs to know of it. A definition of `@hanse/event-bus` fits as it is. */
export interface SourceEvent {
  /** Validates the event's data, which tells its type. */
  readonly schema: Schema
}

/** What this package needs of a bus. `EventBus` of `@hanse/event-bus` fits as it is. */
export interface EventSource<Event extends SourceEvent = never> {
  /** Resolves when every later event will reach the handler; a handler that rejects is called again by the bus. */
  subscribe(
    event: Event,
    options: { readonly group: string },
    handler: (event: DeliveredEvent, context: DeliveryContext) => Promise<void>,
  ): Promise<IndexSubscription>
}

/** A running subscription. */
export interface IndexSubscription {
  /** Finishes what is in flight and stops. */
  close(): Promise<void>
}

/** What an event does to an index; `undefined` when it does not concern it. */
export type IndexChange<Doc extends object> =
  | { readonly index: Doc; readonly version?: number }
  | { readonly delete: string; readonly version?: number }
  | undefined

/** A type of event and what it does to the index. */
export interface EventMapping<Doc extends object, Event extends SourceEvent> {
  readonly event: Event
  /** Reads the change from the event's data, which the bus has validated. One that throws is the bus's to retry. */
  readonly change: (data: SchemaOutput<Event['schema']>) => IndexChange<Doc> | Promise<IndexChange<Doc>>
}

/** Options of `indexFrom`. */
export interface IndexFromOptions<Doc extends object, Events extends readonly SourceEvent[]> {
  /** The consumer group; processes that share it share the events. */
  readonly group: string
  /** The types of event to follow. Give every change its version: events of different types arrive in any order. */
  readonly on: { readonly [K in keyof Events]: EventMapping<Doc, Events[K]> }
}

/** The mappings without the types of their data. */
export interface LooseMapping {
  readonly event: SourceEvent
  readonly change: (data: never) => IndexChange<object> | Promise<IndexChange<object>>
}

/** Subscribes every mapping and gives back one subscription over all of them. */
export async function subscribeAll(
  source: EventSource<SourceEvent>,
  options: { readonly group: string; readonly on: readonly LooseMapping[] },
  apply: (write: PendingWrite, signal: AbortSignal) => Promise<void>,
): Promise<IndexSubscription> {
  const open: IndexSubscription[] = []
  const close = async (): Promise<void> => {
    await Promise.all(open.map((subscription) => subscription.close()))
  }
  try {
    for (const { event, change } of options.on) {
      open.push(
        await source.subscribe(event, { group: options.group }, async ({ data }, { signal }) => {
          // The mapping knows the type of its event's data; the bus has validated it against the event's schema.
          const write = toWrite(await change(data as never))
          if (write !== undefined) await apply(write, signal)
        }),
      )
    }
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

function toWrite(change: IndexChange<object>): PendingWrite | undefined {
  if (change === undefined) return undefined
  const version = change.version === undefined ? {} : { version: change.version }
  if ('index' in change) return { kind: 'index', document: change.index, ...version }
  if ('delete' in change) return { kind: 'delete', id: change.delete, ...version }
  throw searchError('INVALID_DOCUMENT', "the change of an event must have 'index' or 'delete'.")
}
