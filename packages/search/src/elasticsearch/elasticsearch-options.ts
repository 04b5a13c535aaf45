import { generateId as systemId, invalidArgument, systemClock, systemRandom } from '@hanse/core'
import type { Clock, GenerateId, Random } from '@hanse/core'

/** How to prove who we are. */
export type ElasticsearchAuth =
  | { readonly username: string; readonly password: string }
  /** The encoded form that Elasticsearch gives out. */
  | { readonly apiKey: string }
  | { readonly bearer: string }

/** How `https:` nodes are checked. */
export interface ElasticsearchTls {
  /** Certificates of the authority to trust, PEM; without it, those that Node trusts. */
  readonly ca?: string
  /** The SHA-256 fingerprint of the authority's certificate, as Elasticsearch prints it at its first start. */
  readonly caFingerprint?: string
  /** The name that the certificate must bear, where it is not the host of the node. */
  readonly serverName?: string
  /**
   * Whether a certificate that is unknown or wrong to Node ends the connection.
   * @defaultValue true; false with `caFingerprint`, which is the check then
   */
  readonly rejectUnauthorized?: boolean
}

/** Options of `elasticsearch()`. */
export interface ElasticsearchOptions {
  /** Where the cluster answers: `https://search.example:9200`, or several such addresses. */
  readonly node: string | readonly string[]
  /** @defaultValue none: a cluster without security */
  readonly auth?: ElasticsearchAuth
  /** For `https:` nodes. */
  readonly tls?: ElasticsearchTls
  /**
   * What the names of all indexes and aliases begin with, so that systems may share a cluster: lower-case letters, digits, `-` and `_`.
   * @defaultValue 'hanse-'
   */
  readonly indexPrefix?: string
  /**
   * How long the first call may take to reach a server that answers and fits, in milliseconds. One that is not up yet is asked again until then.
   * @defaultValue 10000
   */
  readonly connectTimeoutMs?: number
  /**
   * How long one request may take, in milliseconds.
   * @defaultValue 30000
   */
  readonly requestTimeoutMs?: number
  /**
   * Primary shards of indexes that are made. With more than one, counts of a facet may be off for rare values.
   * @defaultValue 1
   */
  readonly shards?: number
  /**
   * Copies of each shard, for indexes that are made.
   * @defaultValue 1
   */
  readonly replicas?: number
  /**
   * What a write with `refresh` does: `wait` for the next refresh of the index, up to a second; or refresh it `immediate`, for tests.
   * @defaultValue 'wait'
   */
  readonly refresh?: 'wait' | 'immediate'
  /**
   * Bulk requests are cut at this many bytes.
   * @defaultValue 5000000
   */
  readonly maxRequestBytes?: number
  /**
   * Bulk requests that are under way at once; further ones wait.
   * @defaultValue 4
   */
  readonly maxConcurrentWrites?: number
  /**
   * How often a write is repeated that the cluster pushed back because it is overloaded, with growing pauses; then it counts as failed.
   * @defaultValue 8
   */
  readonly pushBackRetries?: number
  /**
   * How long the cluster keeps the view that the pages of one search share, from page to page, in milliseconds. A later page takes a new view.
   * @defaultValue 60000
   */
  readonly cursorKeepAliveMs?: number
  /** @defaultValue the system's */
  readonly clock?: Clock
  /** @defaultValue the system's */
  readonly random?: Random
  /** Ends the names of indexes that are made. @defaultValue UUIDs */
  readonly generateId?: GenerateId
}

/** The options with every default filled in. */
export type ResolvedElasticsearchOptions = Required<Omit<ElasticsearchOptions, 'node' | 'auth' | 'tls'>> & {
  readonly nodes: readonly string[]
  readonly auth: ElasticsearchAuth | undefined
  readonly tls: ElasticsearchTls | undefined
}

/**
 * Fills in the defaults and checks them.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function resolveOptions(options: ElasticsearchOptions): ResolvedElasticsearchOptions {
  const { node, auth, tls, ...rest } = options
  const nodes = typeof node === 'string' ? [node] : [...(node ?? [])]
  if (nodes.length === 0) throw invalidArgument("option 'node' of elasticsearch()", 'an address or several', node)
  for (const one of nodes) checkNode(one)
  const resolved = {
    indexPrefix: 'hanse-',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    shards: 1,
    replicas: 1,
    refresh: 'wait' as const,
    maxRequestBytes: 5_000_000,
    maxConcurrentWrites: 4,
    pushBackRetries: 8,
    cursorKeepAliveMs: 60_000,
    clock: systemClock,
    random: systemRandom,
    generateId: systemId,
    ...rest,
    nodes,
    auth,
    tls,
  }
  checkNumbers(resolved)
  if (!/^(?:[a-z0-9][a-z0-9_-]{0,39})?$/.test(resolved.indexPrefix))
    throw invalidArgument(
      "option 'indexPrefix' of elasticsearch()",
      "at most 40 lower-case letters, digits, '-' and '_', a letter or digit first",
      resolved.indexPrefix,
    )
  if (resolved.refresh !== 'wait' && resolved.refresh !== 'immediate')
    throw invalidArgument("option 'refresh' of elasticsearch()", "'wait' or 'immediate'", resolved.refresh)
  return resolved
}

function checkNode(node: unknown): void {
  const url = typeof node === 'string' && URL.canParse(node) ? new URL(node) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalidArgument("option 'node' of elasticsearch()", "an address such as 'https://search.example:9200'", node)
  if (url.username !== '' || url.password !== '')
    throw invalidArgument("option 'node' of elasticsearch()", "an address without user and password; they belong in option 'auth'", url.host)
}

const least = {
  connectTimeoutMs: 1,
  requestTimeoutMs: 1,
  shards: 1,
  replicas: 0,
  maxRequestBytes: 1,
  maxConcurrentWrites: 1,
  pushBackRetries: 0,
  cursorKeepAliveMs: 1,
} as const

function checkNumbers(resolved: ResolvedElasticsearchOptions): void {
  for (const [name, bound] of Object.entries(least)) {
    const value = resolved[name as keyof typeof least]
    if (!Number.isSafeInteger(value) || value < bound) throw invalidArgument(`option '${name}' of elasticsearch()`, `a whole number from ${bound} up`, value)
  }
}
