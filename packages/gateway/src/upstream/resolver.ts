/** One running instance of a service. */
export interface Instance {
  /** Unique among the instances of its service. */
  readonly id: string
  /** `http://host:port` or `https://host:port`, without a path. */
  readonly url: string
}

/** `refused`: nobody listens. `timeout`: it said nothing in time. `reset`: the connection broke. `error`: it answered 500 or more, or nonsense. */
export type AttemptFailureKind = 'refused' | 'timeout' | 'reset' | 'error'

/** How one attempt on an instance went. */
export interface AttemptReport {
  /** Whether the instance did its part. A client that went away, and an answer below 500, count as well done. */
  readonly ok: boolean
  /** From sending until the answer began, or failed, in milliseconds. */
  readonly latencyMs: number
  /** The client went away before the answer began: the latency says nothing. */
  readonly cancelled: boolean
  /** What went wrong with the instance; there when `ok` is false. */
  readonly kind?: AttemptFailureKind
}

/** An instance that was picked for one attempt. */
export interface Pick {
  readonly instance: Instance
  /** Must be called once, when the attempt is over. */
  done(report: AttemptReport): void
}

/** What a resolver is told beside the service's name. */
export interface ResolveOptions {
  /** Ids of instances that were tried for this request. They must not be picked again. */
  readonly exclude: ReadonlySet<string>
  /** Requests of one key go to one instance where the resolver balances by key; the user's id. */
  readonly key?: string
}

/** What {@link Resolver.resolve} gives: `unknown` is answered 404, `unavailable` 503. */
export type Resolution = Pick | 'unknown' | 'unavailable'

/**
 * Where services are found: the gateway's only view of a registry. Synchronous, because it is asked on every request; answer from a snapshot.
 *
 * @example
 * ```ts
 * createGateway({ resolver: registryResolver(registry), routes })   // registryResolver of `@hanse/registry`
 * createGateway({ resolver: staticResolver({ 'product-service': ['http://127.0.0.1:3002'] }), routes })
 * ```
 */
export interface Resolver {
  /** Picks an instance. `unavailable` means: the service is known, and no instance that is healthy and not excluded is left. Never throws. */
  resolve(service: string, options: ResolveOptions): Resolution
}
