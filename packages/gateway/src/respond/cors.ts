import { invalidArgument } from '@hanse/core'

/** Which other origins' pages may call. None by default. */
export interface CorsOptions {
  /** Origins like `'https://shop.example'`, or `'*'` for any; `'*'` excludes `credentials`. */
  readonly origins: '*' | readonly string[]
  /**
   * Request fields that pages may set, beside the safe ones.
   * @defaultValue ['authorization', 'content-type', 'idempotency-key', 'if-match', 'x-correlation-id']
   */
  readonly headers?: readonly string[]
  /**
   * Answer fields that pages may read, beside the safe ones.
   * @defaultValue ['etag', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-correlation-id']
   */
  readonly expose?: readonly string[]
  /**
   * Whether pages may send cookies.
   * @defaultValue false
   */
  readonly credentials?: boolean
  /**
   * How long a browser remembers a preflight, in seconds.
   * @defaultValue 600
   */
  readonly maxAgeSeconds?: number
}

/** Makes the CORS fields of answers. */
export interface Cors {
  /** Fields, flat, for an answer to a page of `origin`. */
  answer(origin: string | undefined): readonly string[]
  /** Fields, flat, for a preflight about a route that serves `methods`. */
  preflight(origin: string, methods: readonly string[]): readonly string[]
}

/**
 * Compiles CORS options (the Fetch standard's CORS protocol).
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function createCors(options: CorsOptions): Cors {
  const { origins, credentials = false, maxAgeSeconds = 600 } = options
  const headers = (options.headers ?? ['authorization', 'content-type', 'idempotency-key', 'if-match', 'x-correlation-id']).join(', ')
  const expose = (options.expose ?? ['etag', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-correlation-id']).join(', ')
  if (origins === '*' && credentials) throw invalidArgument("option 'cors.credentials'", "false while 'cors.origins' is '*'", credentials)
  const allowed = new Set(origins === '*' ? [] : origins)
  const allow = (origin: string): readonly string[] | undefined => {
    if (origins === '*') return ['Access-Control-Allow-Origin', '*']
    if (!allowed.has(origin)) return undefined
    return ['Access-Control-Allow-Origin', origin, 'Vary', 'Origin', ...(credentials ? ['Access-Control-Allow-Credentials', 'true'] : [])]
  }
  const vary: readonly string[] = origins === '*' ? [] : ['Vary', 'Origin']
  return {
    answer(origin) {
      const fields = origin === undefined ? undefined : allow(origin)
      return fields === undefined ? vary : [...fields, 'Access-Control-Expose-Headers', expose]
    },
    preflight(origin, methods) {
      const fields = allow(origin)
      if (fields === undefined) return vary
      return [
        ...fields,
        'Access-Control-Allow-Methods',
        methods.join(', '),
        'Access-Control-Allow-Headers',
        headers,
        'Access-Control-Max-Age',
        String(maxAgeSeconds),
      ]
    },
  }
}
