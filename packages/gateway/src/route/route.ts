import type { RateLimitPolicy } from '../guard/rate-limit.ts'
import type { User } from '../guard/user.ts'

/** What a local handler is told beside the request. */
export interface HandlerContext {
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly user: User | undefined
  readonly correlationId: string
  readonly clientAddress: string
  /** Aborts when the client has gone or the route's time is up. */
  readonly signal: AbortSignal
}

/** Answers a request at the gateway itself. The same shape as the handler of a service worker, so a Hono app's `fetch` fits. */
export type Handler = (request: Request, context: HandlerContext) => Response | Promise<Response>

/** When a failed attempt is followed by another, on another instance. */
export interface RetryPolicy {
  /**
   * Methods that may be sent twice. Give only idempotent ones; others are retried only when nothing was sent.
   * @defaultValue ['GET', 'HEAD', 'OPTIONS']
   */
  readonly methods?: readonly string[]
  /**
   * Attempts in total, the first included, from 1 to 10.
   * @defaultValue 2
   */
  readonly attempts?: number
}

/** How the path that the service sees is made. Without it the path arrives unchanged. */
export type Rewrite =
  /** Takes this off the beginning, once: `'/api'`. */
  | { readonly strip: string }
  /** Builds another path from the parameters and the rest: `'/accounts/:id/*'`. */
  | { readonly to: string }

/** What explicit routes to services and to handlers have in common. */
export interface RouteBase {
  /**
   * Fixed segments, parameters (`:id`) and at most one `*`, at the end, for any number of further segments.
   * `/api/x/*` matches `/api/x`, `/api/x/` and `/api/x/y/z`. A fixed segment wins over a parameter, a parameter over `*`, in whatever order routes are declared.
   */
  readonly path: string
  /**
   * Methods of the route, in upper case; GET includes HEAD.
   * @defaultValue every method but TRACE and CONNECT
   */
  readonly methods?: readonly string[]
  /**
   * Who needs no token: `true` for nobody, or the methods that are open. GET includes HEAD.
   * On an open route a valid token still tells the user; an unusable one counts as none.
   * @defaultValue a token is needed
   */
  readonly public?: true | readonly string[]
  /** The user must have one of these roles; others are answered 403. */
  readonly roles?: readonly string[]
  /** Limits of this route alone, besides the gateway's own. `false` lifts the gateway's own, too. */
  readonly rateLimit?: RateLimitPolicy | readonly RateLimitPolicy[] | false
  /**
   * Until the answer has begun, all attempts included, in milliseconds. Then 504.
   * @defaultValue 30000
   */
  readonly timeoutMs?: number
  /**
   * The longest body in bytes; 413 beyond.
   * @defaultValue the gateway's `limits.bodyBytes`
   */
  readonly maxBodyBytes?: number
}

/** A route to a service. */
export interface ServiceRoute extends RouteBase {
  /** The name that the resolver knows. */
  readonly service: string
  readonly rewrite?: Rewrite
  /** `false`: one attempt. */
  readonly retry?: RetryPolicy | false
  /**
   * The longest silence within an answer's body, in milliseconds; 0 for no limit.
   * @defaultValue 60000
   */
  readonly idleTimeoutMs?: number
  /**
   * Whether `Set-Cookie` of the service reaches the client.
   * @defaultValue 'pass'
   */
  readonly cookies?: 'pass' | 'strip'
  readonly handler?: never
}

/** A route that the gateway answers itself, behind the same guards as any other. */
export interface HandlerRoute extends RouteBase {
  readonly handler: Handler
  readonly service?: never
}

/** One line of the route table. */
export type Route = ServiceRoute | HandlerRoute
