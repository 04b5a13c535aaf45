import type { Clock, Timer } from '@hanse/core'
import type { CompiledRoute, RouteTarget } from '../route/compiled-route.ts'
import { refusal } from '../respond/refusal.ts'
import type { Refusal } from '../respond/refusal.ts'
import type { ClientFields } from '../respond/response-headers.ts'
import type { Exchange } from '../server/exchange.ts'
import { Attempt } from './attempt.ts'
import type { AttemptOwner } from './attempt.ts'
import { RequestBody } from './request-body.ts'
import type { Pick, Resolution, Resolver } from './resolver.ts'
import { isRetryableStatus, mayRetry } from './retry.ts'
import type { RetryBudget } from './retry.ts'
import { failureRefusal } from './failure-refusal.ts'
import type { UpstreamClient, UpstreamFailure } from './upstream-client.ts'

/** How a forwarded request ended. */
export type ForwardOutcome =
  /** The whole answer was passed on. */
  | { readonly kind: 'answered' }
  /** Nothing was passed on; the gateway has to answer. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The client went away. */
  | { readonly kind: 'client_gone' }
  /** The answer broke off after its head was passed on. */
  | { readonly kind: 'cut' }

/** Where a request goes, and with what. */
export interface ForwardPlan {
  readonly route: CompiledRoute
  readonly target: Extract<RouteTarget, { kind: 'service' }>
  /** Path and query for the instance. */
  readonly path: string
  /** Fields for the instance, flat. */
  readonly fields: readonly string[]
}

/** What a forwarding works with. */
export interface ForwardTools {
  readonly resolver: Resolver
  readonly client: UpstreamClient
  readonly clock: Clock
  readonly budget: RetryBudget
  readonly clientIdleMs: number
  /** The origin of an instance's address, when it is one to connect to. */
  originOf(url: string): string | undefined
  /** The fields for the client. */
  answerFields(exchange: Exchange, raw: readonly string[], stripCookies: boolean): ClientFields
  onAttemptFailed(exchange: Exchange, failure: UpstreamFailure): void
}

/** Sends a request to an instance, to another when that fails, and the answer back as it comes. Resolves when it is over; never rejects. */
export function forward(exchange: Exchange, plan: ForwardPlan, tools: ForwardTools): Promise<ForwardOutcome> {
  return new Promise((resolve) => new Forwarding(exchange, plan, tools, resolve).start())
}

class Forwarding implements AttemptOwner {
  readonly #exchange: Exchange
  readonly #plan: ForwardPlan
  readonly #tools: ForwardTools
  readonly #settle: (outcome: ForwardOutcome) => void
  readonly #tried = new Set<string>()
  readonly #body: RequestBody | null
  #attempt: Attempt | undefined
  #deadline: Timer | undefined
  #stall: Timer | undefined
  #headSent = false
  #wroteBody = false
  #ended = false
  #over = false
  /** Bytes that the answer's Content-Length still promises. */
  #missing: number | undefined

  constructor(exchange: Exchange, plan: ForwardPlan, tools: ForwardTools, settle: (outcome: ForwardOutcome) => void) {
    this.#exchange = exchange
    this.#plan = plan
    this.#tools = tools
    this.#settle = settle
    this.#body = exchange.hasBody ? this.#readBody() : null
  }

  get clock(): Clock {
    return this.#tools.clock
  }

  start(): void {
    const { response } = this.#exchange
    if (response.destroyed) return this.#finish({ kind: 'client_gone' })
    response.on('close', this.#onClientGone)
    this.#deadline = this.clock.setTimer(this.#plan.route.timeoutMs, () => this.#onDeadline())
    this.#tools.budget.earn()
    this.#tryNext(undefined)
  }

  onHead(status: number, raw: readonly string[]): void {
    if (this.#over) return
    if (isRetryableStatus(status) && this.#mayRetry(true)) {
      const next = this.#pick()
      if (typeof next === 'object') return this.#replaceAttempt(next)
    }
    this.#sendHead(status, raw)
  }

  onData(chunk: Uint8Array): void {
    if (this.#over || this.#ended) return
    const { response } = this.#exchange
    this.#wroteBody = true
    this.#exchange.bytesOut += chunk.length
    if (this.#missing !== undefined && (this.#missing -= chunk.length) <= 0) {
      // The last bytes and the end go out together, and the head with them where the answer is short.
      this.#ended = true
      response.end(chunk)
    } else if (!response.write(chunk)) this.#waitForClient()
  }

  onEnd(trailers: readonly string[]): void {
    if (this.#over) return
    const { response, facts } = this.#exchange
    if (!this.#ended) {
      if (trailers.length > 0 && facts.te?.toLowerCase().includes('trailers') === true) response.addTrailers(pairs(trailers))
      response.end()
    }
    this.#finish({ kind: 'answered' })
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#over) return
    this.#tools.onAttemptFailed(this.#exchange, failure)
    if (this.#headSent) return this.#cut()
    const answer = failureRefusal(failure, this.#body?.exceeded ?? false)
    if (failure.kind !== 'body' && this.#body?.exceeded !== true && this.#mayRetry(failure.sent)) this.#tryNext(answer)
    else this.#finish({ kind: 'refused', refusal: answer })
  }

  #readBody(): RequestBody {
    const { request, response, expectsContinue } = this.#exchange
    return new RequestBody({
      source: request,
      maxBytes: this.#plan.route.maxBodyBytes,
      onDemand: () => {
        if (expectsContinue && !response.headersSent) response.writeContinue()
      },
    })
  }

  #pick(): Resolution {
    const { user } = this.#exchange
    const options = user === undefined ? { exclude: this.#tried } : { exclude: this.#tried, key: user.id }
    return this.#tools.resolver.resolve(this.#plan.target.service, options)
  }

  #mayRetry(sent: boolean): boolean {
    const { attempts, method } = this.#exchange
    const state = { method, attempts, sent, bodyStarted: this.#body?.started ?? false }
    return mayRetry(this.#plan.target.retry, state) && this.#tools.budget.spend()
  }

  #tryNext(previous: Refusal | undefined): void {
    const picked = this.#pick()
    if (typeof picked === 'object') return this.#send(picked)
    if (previous !== undefined) return this.#finish({ kind: 'refused', refusal: previous })
    const answer =
      picked === 'unknown'
        ? refusal(404, 'unknown_service', 'There is no such service.')
        : refusal(503, 'service_unavailable', 'The service has no healthy instance right now.', ['Retry-After', '1'])
    this.#finish({ kind: 'refused', refusal: answer })
  }

  #replaceAttempt(next: Pick): void {
    this.#attempt?.abandon({ ok: false, cancelled: false })
    this.#send(next)
  }

  #send(picked: Pick): void {
    const { target, path, fields } = this.#plan
    const { id, url } = picked.instance
    this.#tried.add(id)
    this.#exchange.attempts++
    this.#exchange.instanceId = id
    const attempt = (this.#attempt = new Attempt(this, picked))
    const origin = this.#tools.originOf(url)
    if (origin === undefined) return attempt.onFailure({ kind: 'unreachable', sent: false, cause: new Error('The address of the instance is refused.') })
    const { method } = this.#exchange
    this.#tools.client.dispatch({ origin, method, path, headers: fields, body: this.#body, idleTimeoutMs: target.idleTimeoutMs }, attempt)
  }

  #sendHead(status: number, raw: readonly string[]): void {
    const { response, method } = this.#exchange
    const { fields, contentLength } = this.#tools.answerFields(this.#exchange, raw, this.#plan.target.stripCookies)
    try {
      response.writeHead(status, fields)
    } catch (error) {
      this.#attempt?.abandon({ ok: false, cancelled: false })
      return this.onFailure({ kind: 'malformed', sent: true, cause: error })
    }
    this.#headSent = true
    this.#deadline?.cancel()
    if (method !== 'HEAD' && status !== 204 && status !== 304) this.#missing = contentLength
    if (this.#missing === undefined) setImmediate(() => this.#flushHead())
  }

  /** Of an answer without a known length, such as server-sent events, the head must not wait for the first bytes. */
  #flushHead(): void {
    if (!this.#wroteBody && !this.#over) this.#exchange.response.flushHeaders()
  }

  #waitForClient(): void {
    this.#attempt?.pause()
    const { response } = this.#exchange
    this.#stall ??= this.clock.setTimer(this.#tools.clientIdleMs, () => response.destroy())
    response.once('drain', this.#onDrain)
  }

  readonly #onDrain = (): void => {
    this.#stall?.cancel()
    this.#stall = undefined
    this.#attempt?.resume()
  }

  #onDeadline(): void {
    const slowUpload = this.#body !== null && !this.#exchange.request.complete
    const answer = slowUpload
      ? refusal(408, 'request_timeout', 'The body did not arrive in time.')
      : refusal(504, 'gateway_timeout', 'The service did not answer in time.')
    this.#attempt?.abandon({ ok: slowUpload, cancelled: slowUpload })
    this.#finish({ kind: 'refused', refusal: answer })
  }

  readonly #onClientGone = (): void => {
    this.#attempt?.abandon({ ok: true, cancelled: !this.#headSent })
    this.#finish({ kind: 'client_gone' })
  }

  #cut(): void {
    const { response } = this.#exchange
    this.#finish({ kind: 'cut' })
    // Only an abrupt end tells the client that the answer is not whole.
    response.destroy()
  }

  #finish(outcome: ForwardOutcome): void {
    if (this.#over) return
    this.#over = true
    this.#deadline?.cancel()
    this.#stall?.cancel()
    this.#exchange.response.off('close', this.#onClientGone)
    if (this.#body !== null && !this.#body.destroyed) this.#body.destroy()
    this.#settle(outcome)
  }
}

/** Fields that say how a message is framed or routed have no place behind it (RFC 9110 §6.5.1). */
const notInTrailers: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'set-cookie',
  'authorization',
  'content-type',
  'content-encoding',
  'connection',
  'trailer',
])

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (!notInTrailers.has(name.toLowerCase())) list.push([name, flat[i + 1] ?? ''])
  }
  return list
}
