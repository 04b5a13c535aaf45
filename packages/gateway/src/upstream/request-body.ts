import { Readable } from 'node:stream'

/** Options of {@link RequestBody}. */
export interface RequestBodyOptions {
  /** The client's request. It is read only on demand, and never destroyed from here: its socket still has to carry the answer. */
  readonly source: Readable
  readonly maxBytes: number
  /** Called when the first bytes are asked for: the moment for `100 Continue`. */
  readonly onDemand: () => void
}

/**
 * The body on its way to an instance: passes chunks on as they are asked for, and counts them.
 * It stands between the two connections so that the end of one does not tear down the other.
 */
export class RequestBody extends Readable {
  readonly #options: RequestBodyOptions
  #bytes = 0
  #started = false

  constructor(options: RequestBodyOptions) {
    super()
    this.#options = options
    // Who reads hears of a failure; when nobody reads any more, it must not become an uncaught exception.
    this.on('error', () => undefined)
  }

  /** Whether the body grew beyond its limit. */
  get exceeded(): boolean {
    return this.#bytes > this.#options.maxBytes
  }

  /** Whether bytes were asked for: from then on the body cannot be sent a second time. */
  get started(): boolean {
    return this.#started
  }

  override _read(): void {
    if (!this.#started) this.#begin()
    this.#options.source.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { source } = this.#options
    source.off('data', this.#onData)
    source.off('end', this.#onEnd)
    source.pause()
    callback(error)
  }

  #begin(): void {
    this.#started = true
    const { source, onDemand } = this.#options
    source.on('data', this.#onData)
    source.on('end', this.#onEnd)
    onDemand()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes += chunk.length
    if (this.exceeded) this.destroy(new Error('The body is longer than its limit.'))
    else if (!this.push(chunk)) this.#options.source.pause()
  }

  readonly #onEnd = (): void => {
    this.push(null)
  }
}
