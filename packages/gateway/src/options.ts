import type { Clock, GenerateId, Logger } from '@hanse/core'
import type { TrustOptions } from './guard/client-address.ts'
import type { RateLimitStore } from './guard/rate-limit-store.ts'
import type { RateLimitPolicy } from './guard/rate-limit.ts'
import type { ContextSigner } from './guard/signed-context.ts'
import type { Authenticator } from './guard/user.ts'
import type { CorsOptions } from './respond/cors.ts'
import type { ProblemFacts } from './respond/problem.ts'
import type { Route } from './route/route.ts'
import type { ServiceAliases } from './route/service-alias.ts'
import type { HealthOptions } from './server/health.ts'
import type { GatewayLimits } from './server/limits.ts'
import type { Resolver } from './upstream/resolver.ts'
import type { UpstreamClient } from './upstream/upstream-client.ts'

/** Options of `createGateway`. */
export interface GatewayOptions {
  /** The route table. A request that no route matches is answered 404: nothing is reachable that is not listed. */
  readonly routes: readonly Route[]
  /** Finds instances of services. Needed as soon as a route leads to a service. */
  readonly resolver?: Resolver
  /** Services that are also reached under their own name, behind the very same routes. */
  readonly serviceAliases?: ServiceAliases
  /** Says who sends a request. Needed as soon as a route is not open to all. */
  readonly auth?: Authenticator
  /** Signs the user context that services verify. Without it services learn nothing about the user. */
  readonly context?: ContextSigner
  /**
   * Whether the client's Authorization field goes on to services.
   * @defaultValue `false` with option `context`, `true` without
   */
  readonly forwardAuthorization?: boolean
  /** Limits of all routes together, one count over the whole gateway. */
  readonly rateLimit?: RateLimitPolicy | readonly RateLimitPolicy[]
  /**
   * Where limits are remembered.
   * @defaultValue `memoryRateLimitStore()`
   */
  readonly rateLimitStore?: RateLimitStore
  /**
   * Whose forwarding headers are believed.
   * @defaultValue nobody's
   */
  readonly trust?: TrustOptions
  readonly limits?: GatewayLimits
  /**
   * The health routes, or `false` for none.
   * @defaultValue `{}`: `/health`, `/health/live`, `/health/ready`
   */
  readonly health?: HealthOptions | false
  /**
   * Which other origins' pages may call.
   * @defaultValue none
   */
  readonly cors?: CorsOptions
  /**
   * Fields that stand on every answer unless the service says otherwise; names in lower case. `false` for none.
   * @defaultValue `x-content-type-options: nosniff`, `x-frame-options: SAMEORIGIN`, `referrer-policy: strict-origin-when-cross-origin`
   */
  readonly securityHeaders?: Readonly<Record<string, string>> | false
  /**
   * Fields that are stripped from every request and every answer; `_` counts as `-`, a final `*` stands for anything.
   * The header of the user context is always among them.
   * @defaultValue ['x-user-*', 'x-internal-*', 'x-hanse-*']
   */
  readonly internalHeaders?: readonly string[]
  /**
   * Makes the body of the gateway's own error answers.
   * @defaultValue `problem`
   */
  readonly problem?: (facts: ProblemFacts) => object
  /**
   * Sends requests to instances. One that is passed in is not closed by the gateway.
   * @defaultValue `undiciClient()`
   */
  readonly upstream?: UpstreamClient
  /**
   * How long `close` keeps serving with readiness at 503 before it stops to accept, so that balancers notice, in milliseconds.
   * @defaultValue 0
   */
  readonly drainNoticeMs?: number
  /** @defaultValue a logger that is silent */
  readonly logger?: Logger
  /** @defaultValue the machine's clock */
  readonly clock?: Clock
  /**
   * Makes correlation ids.
   * @defaultValue UUIDv7
   */
  readonly generateId?: GenerateId
}
