import type { AbortOptions, Clock, Closable, Logger } from '@hanse/core'
import type { BeatWriter } from './record/beat-writer.ts'
import type { Instance } from './record/instance.ts'

/** Options of {@link Registration.drain}. */
export interface DrainOptions extends AbortOptions {
  /**
   * How long to wait after the mark, in milliseconds, so that every other process has read it before the server stops listening.
   * @defaultValue the registry's own refresh interval and a fifth
   */
  readonly settleMs?: number
}

/** A registered instance of this process; it beats until it is closed. */
export interface Registration extends Closable {
  readonly instance: Instance
  /**
   * Marks the instance as leaving at once: others pick it no more from their next refresh on, while requests under way finish.
   * Resolves when they have had time for that refresh. Then close the server, then the registration.
   *
   * @throws HanseError `REGISTRY_STORE_UNAVAILABLE` when the mark cannot be written; the signal's reason when it aborts the wait
   */
  drain(options?: DrainOptions): Promise<void>
  /** Marks the instance as gone and stops its beats. When the store does not answer, its record ends by itself. */
  close(options?: AbortOptions): Promise<void>
}

/** What a registration needs from its registry. */
export interface RegistrationOptions {
  readonly instance: Instance
  readonly beats: BeatWriter
  readonly clock: Clock
  readonly logger: Logger
  readonly settleMs: number
  readonly flush: (options: AbortOptions) => Promise<void>
  readonly onClosed: () => void
}

/** Makes a {@link Registration} of an instance whose record is written. */
export function createRegistration(options: RegistrationOptions): Registration {
  const { instance, beats, clock, logger } = options
  let left: Promise<void> | undefined
  const leave = async ({ signal }: AbortOptions): Promise<void> => {
    beats.set(instance, 'left')
    try {
      await options.flush(signal === undefined ? {} : { signal })
    } catch (error) {
      logger.warn({ error, instance: instance.id }, 'registry: the farewell of an instance could not be written; its record ends by itself')
    }
    options.onClosed()
  }
  const close = async (closeOptions: AbortOptions = {}): Promise<void> => {
    left ??= leave(closeOptions)
    await left
  }
  return {
    instance,
    async drain({ settleMs = options.settleMs, ...abort } = {}) {
      if (left !== undefined) return left
      beats.set(instance, 'leaving')
      await options.flush(abort)
      if (settleMs > 0) await clock.sleep(settleMs, abort)
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
