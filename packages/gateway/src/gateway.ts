import type { IncomingMessage, ServerResponse } from 'node:http'
import { createChannel, createLifecycle, generateId, invalidArgument, raceAbort, runWithContext, safeLogger, systemClock } from '@hanse/core'
import type { AbortOptions, Channel, Closable, Logger } from '@hanse/core'
import { createAddressReader } from './guard/client-address.ts'
import type { AddressReader } from './guard/client-address.ts'
import { createGuards } from './guard/guards.ts'
import type { Guard } from './guard/guards.ts'
import { memoryRateLimitStore } from './guard/rate-limit-store.ts'
import { resolvePolicies } from './guard/rate-limit.ts'
import { assignIds } from './guard/request-ids.ts'
import { accessEntry, statusOf } from './observe/access-log.ts'
import { createMetrics } from './observe/metrics.ts'
import type { Metrics } from './observe/metrics.ts'
import { messageOf } from './observe/request-message.ts'
import type { RequestMessage } from './observe/request-message.ts'
import type { GatewayOptions } from './options.ts'
import { createResponder } from './respond/responder.ts'
import type { Responder } from './respond/responder.ts'
import { compileRoute } from './route/compiled-route.ts'
import type { CompiledRoute } from './route/compiled-route.ts'
import { createRouteTable } from './route/route-table.ts'
import type { RouteTable } from './route/route-table.ts'
import { createCanonicaliser } from './route/service-alias.ts'
import { Exchange } from './server/exchange.ts'
import { healthRoutes } from './server/health.ts'
import { resolveLimits } from './server/limits.ts'
import { createListener } from './server/listener.ts'
import type { BoundAddress, Listener } from './server/listener.ts'
import { createForwarder } from './upstream/forwarder.ts'
import type { Forwarder } from './upstream/forwarder.ts'

/** Where {@link Gateway.start} listens. */
export interface StartOptions extends AbortOptions {
  /** 0 takes any free port. */
  readonly port: number
  /**
   * An address of this machine.
   * @defaultValue '127.0.0.1'
   */
  readonly host?: string
}

/** A running gateway, or one that is about to. */
export interface Gateway extends Closable {
  /**
   * Listens, and resolves with the address that it got.
   * @throws HanseError `LISTEN_FAILED`, with the cause; `CLOSED`
   */
  start(options: StartOptions): Promise<BoundAddress>
  /** Everything counted so far, in Prometheus' text format. */
  metrics(): string
}

const requests: Channel<RequestMessage> = createChannel<RequestMessage>('hanse:gateway:request')

/**
 * Makes an HTTP gateway: guards, routes, balanced and retried calls to services, streamed answers.
 *
 * `close` first turns readiness to 503, then stops to accept, and lets requests in flight finish; aborting its signal cuts them.
 *
 * @throws HanseError `INVALID_ARGUMENT` for options that do not fit together
 *
 * @example
 * ```ts
 * const gateway = createGateway({
 *   resolver: staticResolver({ 'product-service': ['http://127.0.0.1:3002'] }),
 *   routes: [{ path: '/api/products/*', service: 'product-service', public: true, rewrite: { strip: '/api' } }],
 * })
 * const { url } = await gateway.start({ port: 3000 })
 * ```
 */
export function createGateway(options: GatewayOptions): Gateway {
  return new HttpGateway(options)
}

class HttpGateway implements Gateway {
  readonly #clock
  readonly #logger: Logger
  readonly #generateId
  readonly #addresses: AddressReader
  readonly #metrics: Metrics = createMetrics()
  readonly #guards: readonly Guard[]
  readonly #responder: Responder
  readonly #forwarder: Forwarder | undefined
  readonly #listener: Listener
  readonly #lifecycle
  #address: BoundAddress | undefined
  #startOptions: StartOptions = { port: 0 }
  #inFlight = 0
  #draining = false

  constructor(options: GatewayOptions) {
    const limits = resolveLimits(options.limits)
    this.#clock = options.clock ?? systemClock
    this.#logger = safeLogger(options.logger)
    this.#generateId = options.generateId ?? generateId
    this.#addresses = createAddressReader(options.trust)
    const table = this.#compileRoutes(options, limits.bodyBytes)
    this.#responder = createResponder(options, {
      clock: this.#clock,
      table,
      isDraining: () => this.#draining,
      onHandlerError: (exchange, error) => this.#logFailure(exchange, error, 'A handler failed.'),
    })
    this.#forwarder = createForwarder(options, limits, {
      clock: this.#clock,
      addresses: this.#addresses,
      answerFields: this.#responder.answerFields,
      onAttemptFailed: (exchange, failure) => {
        this.#metrics.attemptFailed(failure.kind)
        this.#logger.warn(
          { err: failure.cause, kind: failure.kind, instanceId: exchange.instanceId, correlationId: exchange.correlationId },
          'An attempt failed.',
        )
      },
    })
    this.#guards = createGuards({
      limits,
      table,
      canonicalise: createCanonicaliser(options.serviceAliases),
      auth: options.auth,
      store: options.rateLimitStore ?? memoryRateLimitStore(),
      clock: this.#clock,
      inFlight: () => this.#inFlight,
      onStoreError: (err) => this.#logger.error({ err }, 'The store of rate limits failed; the request passed.'),
      onAuthUnavailable: (exchange, cause) => this.#logFailure(exchange, cause, 'Tokens cannot be checked.'),
    })
    this.#listener = createListener(limits, (request, response, expectsContinue) => this.#accept(request, response, expectsContinue))
    const { drainNoticeMs = 0 } = options
    if (!Number.isFinite(drainNoticeMs) || drainNoticeMs < 0) throw invalidArgument("option 'drainNoticeMs' of a gateway", 'a number from 0 up', drainNoticeMs)
    this.#lifecycle = createLifecycle({ subject: 'the gateway', start: () => this.#listen(), stop: (stopOptions) => this.#stop(stopOptions, drainNoticeMs) })
  }

  async start(options: StartOptions): Promise<BoundAddress> {
    if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65_535)
      throw invalidArgument("option 'port' of start", 'a whole number from 0 to 65535', options.port)
    if (this.#lifecycle.state === 'created') this.#startOptions = options
    await this.#lifecycle.start(options)
    if (this.#address === undefined) throw new Error('The gateway has started without an address.')
    return this.#address
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  metrics(): string {
    return this.#metrics.text()
  }

  #compileRoutes(options: GatewayOptions, maxBodyBytes: number): RouteTable<CompiledRoute> {
    const defaults = {
      limits: resolvePolicies(options.rateLimit, 'gateway'),
      maxBodyBytes,
      hasAuthenticator: options.auth !== undefined,
      hasResolver: options.resolver !== undefined,
    }
    const health = healthRoutes(options.health === false ? {} : (options.health ?? {}), {
      clock: this.#clock,
      isOpen: () => !this.#draining,
      onCheckFailed: (name, err) => this.#logger.warn({ err, check: name }, 'A health check failed.'),
    })
    const routes = options.health === false ? options.routes : [...health, ...options.routes]
    return createRouteTable(routes.map((route) => compileRoute(route, defaults)))
  }

  async #listen(): Promise<void> {
    const { port, host = '127.0.0.1' } = this.#startOptions
    this.#address = await this.#listener.listen({ port, host })
  }

  async #stop({ signal }: AbortOptions, noticeMs: number): Promise<void> {
    this.#draining = true
    if (noticeMs > 0 && this.#address !== undefined) await raceAbort(this.#clock.sleep(noticeMs), signal).catch(() => undefined)
    await this.#listener.close(signal === undefined ? {} : { signal })
    await this.#forwarder?.close()
  }

  #accept(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const exchange = new Exchange(request, response, this.#clock.monotonic(), expectsContinue)
    // A socket that breaks is heard of through 'close'; without a listener its error would end the process.
    request.on('error', ignore)
    response.on('error', ignore)
    this.#inFlight++
    this.#metrics.begin()
    assignIds(exchange, this.#generateId)
    exchange.clientAddress = this.#addresses.client(request.socket.remoteAddress ?? '', exchange.facts.forwardedFor)
    const context = exchange.trace === undefined ? { correlationId: exchange.correlationId } : { correlationId: exchange.correlationId, trace: exchange.trace }
    void runWithContext(context, () =>
      requests.trace(
        () => messageOf(exchange),
        () => this.#serve(exchange),
      ),
    )
  }

  async #serve(exchange: Exchange): Promise<void> {
    try {
      if (!this.#responder.answerPreflight(exchange)) await this.#pass(exchange)
    } catch (error) {
      // Only a fault of ours comes here. It ends this request, never the process.
      this.#logFailure(exchange, error, 'A request failed inside the gateway.')
      this.#responder.fail(exchange)
    } finally {
      this.#end(exchange)
    }
  }

  async #pass(exchange: Exchange): Promise<void> {
    for (const guard of this.#guards) {
      const result = guard(exchange)
      const refused = result instanceof Promise ? await result : result
      if (refused !== undefined) return this.#responder.refuse(exchange, refused)
    }
    const { route } = exchange
    if (route === undefined) return
    if (route.target.kind === 'handler') await this.#responder.answerLocally(exchange, route, route.target.handler)
    else await this.#forward(exchange, route)
  }

  async #forward(exchange: Exchange, route: CompiledRoute): Promise<void> {
    const outcome = await this.#forwarder?.forward(exchange, route)
    if (outcome === undefined) return
    if (outcome.kind === 'refused') this.#responder.refuse(exchange, outcome.refusal)
    else if (outcome.kind === 'answered') this.#responder.settle(exchange)
    else exchange.reason = outcome.kind
  }

  #end(exchange: Exchange): void {
    this.#inFlight--
    const durationMs = this.#clock.monotonic() - exchange.startedAtMs
    const { method, route, attempts, reason } = exchange
    this.#metrics.end({ method, route: route?.path ?? 'none', status: statusOf(exchange), durationMs, attempts, reason })
    this.#logger.info(accessEntry(exchange, durationMs), 'request')
  }

  #logFailure({ correlationId }: Exchange, err: unknown, message: string): void {
    this.#logger.error({ err, correlationId }, message)
  }
}

function ignore(): void {}
