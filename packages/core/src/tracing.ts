import { tracingChannel } from 'node:diagnostics_channel'
import type { TracingChannel } from 'node:diagnostics_channel'

/**
 * A named tracing channel: `hanse:event-bus:publish`. Without subscribers a traced call costs one check.
 * `@hanse/otel` subscribes to these; so may you, with `node:diagnostics_channel`.
 */
export interface Channel<Message extends object> {
  /** The channel's name; Node adds `tracing:` before it and `:start`, `:end`, `:asyncStart`, `:asyncEnd`, `:error` behind. */
  readonly name: string
  /**
   * Runs `body` and reports its start, end and error with the message.
   *
   * @param message - made only when somebody listens
   */
  trace<T>(message: () => Message, body: () => Promise<T>): Promise<T>
}

/** Declares a tracing channel. */
export function createChannel<Message extends object>(name: string): Channel<Message> {
  const channel: TracingChannel<Message> = tracingChannel<Message>(name)
  return {
    name,
    trace: (message, body) => (channel.hasSubscribers ? channel.tracePromise(body, message()) : body()),
  }
}
