import type { Clock } from '@hanse/core'
import type { AttemptFailureKind, Pick } from './resolver.ts'
import type { FailureKind, UpstreamControl, UpstreamFailure, UpstreamHandler } from './upstream-client.ts'

/** Whom an {@link Attempt} reports to. */
export interface AttemptOwner {
  readonly clock: Clock
  onHead(status: number, headers: readonly string[]): void
  onData(chunk: Uint8Array): void
  onEnd(trailers: readonly string[]): void
  onFailure(failure: UpstreamFailure): void
}

/** What a balancer is told of each kind of failure. */
const kinds: Readonly<Record<FailureKind, AttemptFailureKind>> = {
  unreachable: 'refused',
  slow: 'timeout',
  broken: 'reset',
  malformed: 'error',
  body: 'error',
  aborted: 'timeout',
}

/** One try on one instance. Reports to its owner until it is abandoned, and once to the resolver. */
export class Attempt implements UpstreamHandler {
  readonly #owner: AttemptOwner
  readonly #pick: Pick
  readonly #startedAtMs: number
  #control: UpstreamControl | undefined
  #abandoned = false
  #reported = false
  #status = 0
  #latencyMs: number | undefined

  constructor(owner: AttemptOwner, pick: Pick) {
    this.#owner = owner
    this.#pick = pick
    this.#startedAtMs = owner.clock.monotonic()
  }

  onStart(control: UpstreamControl): void {
    this.#control = control
    // Given up while it waited for a connection.
    if (this.#abandoned) control.abort()
  }

  onHead(status: number, headers: readonly string[]): void {
    if (this.#abandoned) return
    this.#status = status
    this.#latencyMs = this.#owner.clock.monotonic() - this.#startedAtMs
    this.#owner.onHead(status, headers)
  }

  onData(chunk: Uint8Array): void {
    if (!this.#abandoned) this.#owner.onData(chunk)
  }

  onEnd(trailers: readonly string[]): void {
    if (this.#abandoned) return
    this.#report(this.#status < 500, false, 'error')
    this.#owner.onEnd(trailers)
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#abandoned) return
    const notItsFault = failure.kind === 'body'
    this.#report(notItsFault, notItsFault, kinds[failure.kind])
    this.#owner.onFailure(failure)
  }

  pause(): void {
    this.#control?.pause()
  }

  resume(): void {
    this.#control?.resume()
  }

  /** Gives the try up: its connection is closed, nothing more is told to the owner. */
  abandon({ ok, cancelled }: { readonly ok: boolean; readonly cancelled: boolean }): void {
    if (this.#abandoned) return
    this.#abandoned = true
    this.#report(ok, cancelled, 'timeout')
    this.#control?.abort()
  }

  #report(ok: boolean, cancelled: boolean, kind: AttemptFailureKind): void {
    if (this.#reported) return
    this.#reported = true
    const latencyMs = this.#latencyMs ?? this.#owner.clock.monotonic() - this.#startedAtMs
    this.#pick.done(ok ? { ok, cancelled, latencyMs } : { ok, cancelled, latencyMs, kind })
  }
}
