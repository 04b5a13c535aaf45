import type { RegistryChange, RegistrySnapshot, RegistryUpdate } from './registry-change.ts'

interface Watcher {
  readonly service: string | undefined
  readonly pending: Map<string, RegistryChange>
  wake: (() => void) | undefined
}

/** Options of {@link ChangeFeed.watch}. */
export interface FeedWatchOptions {
  readonly service: string | undefined
  readonly signal: AbortSignal | undefined
  snapshot(): RegistrySnapshot
}

/** Hands changes to any number of readers. What waits for a slow one is bounded by the number of instances, not of changes. */
export class ChangeFeed {
  readonly #watchers = new Set<Watcher>()
  #closed = false

  publish(changes: readonly RegistryChange[]): void {
    for (const watcher of this.#watchers) {
      for (const change of changes) {
        if (watcher.service !== undefined && change.instance.service !== watcher.service) continue
        watcher.pending.delete(change.instance.id)
        watcher.pending.set(change.instance.id, change)
      }
      if (watcher.pending.size > 0) watcher.wake?.()
    }
  }

  /** Ends every watch. */
  close(): void {
    this.#closed = true
    for (const watcher of this.#watchers) watcher.wake?.()
  }

  async *watch(options: FeedWatchOptions): AsyncGenerator<RegistryUpdate, void, undefined> {
    const watcher: Watcher = { service: options.service, pending: new Map(), wake: undefined }
    const onAbort = (): void => watcher.wake?.()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    this.#watchers.add(watcher)
    try {
      yield { ...options.snapshot(), changes: [] }
      for (;;) {
        await this.#somethingToTell(watcher, options.signal)
        if (this.#closed) return
        options.signal?.throwIfAborted()
        const changes = [...watcher.pending.values()]
        watcher.pending.clear()
        yield { ...options.snapshot(), changes }
      }
    } finally {
      this.#watchers.delete(watcher)
      options.signal?.removeEventListener('abort', onAbort)
    }
  }

  async #somethingToTell(watcher: Watcher, signal: AbortSignal | undefined): Promise<void> {
    const ready = (): boolean => watcher.pending.size > 0 || this.#closed || signal?.aborted === true
    while (!ready()) {
      await new Promise<void>((resolve) => {
        watcher.wake = resolve
      })
    }
    watcher.wake = undefined
  }
}
