/** Tells those who wait in this process that a saga has moved. */
export class SagaNews {
  readonly #listeners = new Map<string, Set<() => void>>()

  /** Calls `listener` after every event of the saga that this process writes. Returns how to stop. */
  listen(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(id, listeners)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id)
    }
  }

  /** The saga has moved. */
  tell(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener()
  }
}
