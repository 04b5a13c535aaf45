/**
 * A statement that runs when it is awaited, once: awaiting it again gives the same outcome.
 */
export abstract class LazyStatement<Result> implements PromiseLike<Result> {
  #running: Promise<Result> | undefined

  /** Runs the statement. */
  protected abstract run(): Promise<Result>

  /** Whether the statement was awaited already. */
  protected get started(): boolean {
    return this.#running !== undefined
  }

  then<A = Result, B = never>(
    onFulfilled?: ((value: Result) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#running ??= this.run()
    return this.#running.then(onFulfilled, onRejected)
  }
}
