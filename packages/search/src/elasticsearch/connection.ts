import { Client } from '@elastic/elasticsearch'
import { createLifecycle, raceAbort } from '@hanse/core'
import type { AbortOptions, Closable } from '@hanse/core'
import { connect } from './connect.ts'
import type { ResolvedElasticsearchOptions } from './elasticsearch-options.ts'
import { toSearchError } from './server-errors.ts'

/** One request to the cluster. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  readonly body?: object
  /** Lines of a bulk request, instead of a body. */
  readonly lines?: readonly string[]
  /** What the request is for, for messages: `search index 'products'`. */
  readonly subject: string
}

/** The way to the cluster: connects at the first request, and knows what is under way. */
export interface Connection extends Closable {
  readonly options: ResolvedElasticsearchOptions
  /**
   * Sends a request, after the server was found to fit.
   * @throws the signal's reason, untouched; HanseError `CONNECT_FAILED`, `ENGINE_FAILED`, `CLOSED`
   */
  request<T>(request: EngineRequest, options?: AbortOptions): Promise<T>
}

/** Makes a {@link Connection}; does no I/O. */
export function createConnection(options: ResolvedElasticsearchOptions): Connection {
  const client = createClient(options)
  const underWay = new Set<Promise<unknown>>()
  const closing = new AbortController()
  let connecting: Promise<void> | undefined
  const ready = (): Promise<void> => {
    connecting ??= connect(client, options, closing.signal).catch((error: unknown) => {
      connecting = undefined
      throw error
    })
    return connecting
  }
  const lifecycle = createLifecycle({
    subject: 'the Elasticsearch engine',
    async stop({ signal }) {
      // Giving up what is in flight includes waiting for a server.
      const giveUp = (): void => closing.abort(signal?.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      if (signal?.aborted === true) giveUp()
      await raceAbort(Promise.allSettled(underWay), signal).catch(() => undefined)
      signal?.removeEventListener('abort', giveUp)
      await client.close()
    },
  })
  const send = async <T>(request: EngineRequest, signal: AbortSignal | undefined): Promise<T> => {
    await raceAbort(ready(), signal)
    const { method, path, query = {}, body, lines } = request
    const content = lines === undefined ? (body === undefined ? {} : { body }) : { bulkBody: `${lines.join('\n')}\n` }
    // The driver takes an abort for a lost connection at first, and would try once more before it rejects.
    const sent = client.transport.request<T>({ method, path, querystring: { ...query }, ...content }, signal === undefined ? {} : { signal })
    return raceAbort(sent, signal)
  }
  return {
    options,
    async request<T>(request: EngineRequest, { signal }: AbortOptions = {}): Promise<T> {
      lifecycle.assertOpen()
      signal?.throwIfAborted()
      const sent = send<T>(request, signal)
      underWay.add(sent)
      try {
        return await sent
      } catch (error) {
        signal?.throwIfAborted()
        throw toSearchError(error, request.subject)
      } finally {
        underWay.delete(sent)
      }
    },
    close: (closeOptions) => lifecycle.close(closeOptions),
    [Symbol.asyncDispose]: () => lifecycle.close(),
  }
}

function createClient({ nodes, auth, tls, requestTimeoutMs }: ResolvedElasticsearchOptions): Client {
  return new Client({
    nodes: [...nodes],
    requestTimeout: requestTimeoutMs,
    ...(auth === undefined ? {} : { auth }),
    ...(tls?.caFingerprint === undefined ? {} : { caFingerprint: tls.caFingerprint }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
            // The fingerprint is the check; the authority that it names is in nobody's list.
            rejectUnauthorized: tls.rejectUnauthorized ?? tls.caFingerprint === undefined,
          },
        }),
  })
}
