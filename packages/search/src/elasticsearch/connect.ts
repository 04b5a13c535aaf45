import type { Client } from '@elastic/elasticsearch'
import { errors } from '@elastic/elasticsearch'
import { backoffMs, createDeadline, raceAbort, resolveBackoff } from '@hanse/core'
import { searchError } from '../errors.ts'
import type { ResolvedElasticsearchOptions } from './elasticsearch-options.ts'
import { firstLine, refusalOf } from './server-errors.ts'

const oldestMinor = 13
const expectedVersion = `8.${oldestMinor} or a later 8`
const pauses = resolveBackoff({ initialMs: 100, maxMs: 1_000 })

interface NodesAnswer {
  readonly nodes?: Readonly<Record<string, { readonly version?: string }>>
}

/**
 * Reaches a server and checks that it fits. One that does not answer yet is asked again until the time is up; what cannot get better fails at once.
 * @throws the signal's reason; HanseError `CONNECT_FAILED` that names the option, what was expected and what was found
 */
export async function connect(client: Client, options: ResolvedElasticsearchOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, connectTimeoutMs } = options
  using deadline = createDeadline({ timeoutMs: connectTimeoutMs, subject: 'the connection to Elasticsearch', clock, signal })
  let last: unknown
  for (let attempt = 1; !deadline.signal.aborted; attempt++) {
    try {
      checkVersion(options, await askVersion(client, deadline.signal))
      return
    } catch (error) {
      const lasting = lastingProblem(options, error)
      if (lasting !== undefined) throw lasting
      if (!deadline.signal.aborted || last === undefined) last = error
    }
    await clock.sleep(backoffMs(pauses, attempt, random), { signal: deadline.signal }).catch(() => undefined)
  }
  signal.throwIfAborted()
  throw connectFailed(options, `no server answered at option 'node' within connectTimeoutMs (${connectTimeoutMs} ms): ${reasonOf(last)}`, last, true)
}

async function askVersion(client: Client, signal: AbortSignal): Promise<string | undefined> {
  const request = { method: 'GET', path: '/_nodes/_local', querystring: { filter_path: 'nodes.*.version' } }
  const answer = await raceAbort(client.transport.request<NodesAnswer>(request, { signal, maxRetries: 0 }), signal)
  return Object.values(answer.nodes ?? {})[0]?.version
}

function checkVersion(options: ResolvedElasticsearchOptions, version: string | undefined): void {
  const [major, minor] = (version ?? '').split('.').map(Number)
  if (major === 8 && minor !== undefined && minor >= oldestMinor) return
  throw connectFailed(options, `option 'node' must name Elasticsearch ${expectedVersion}; found ${version ?? 'a server that does not tell its version'}`)
}

/** What no further attempt will change; `undefined` for the rest. */
function lastingProblem(options: ResolvedElasticsearchOptions, error: unknown): Error | undefined {
  if (error instanceof errors.ProductNotSupportedError)
    return connectFailed(options, `option 'node' must name Elasticsearch ${expectedVersion}; found another product`, error)
  const refusal = refusalOf(error)
  if (refusal !== undefined) return refusedProblem(options, refusal, error)
  const reason = reasonOf(error)
  if (/certificate|self.signed|altnames/i.test(reason))
    return connectFailed(options, `the certificate of option 'node' is not trusted; set option 'tls' (ca, caFingerprint or serverName): ${reason}`, error)
  if (/wrong version number|EPROTO/i.test(reason))
    return connectFailed(options, `option 'node' says https:, but the server there does not speak TLS: ${reason}`, error)
  return error instanceof Error && 'code' in error && error.code === 'CONNECT_FAILED' ? error : undefined
}

function refusedProblem(options: ResolvedElasticsearchOptions, refusal: NonNullable<ReturnType<typeof refusalOf>>, error: unknown): Error | undefined {
  const { status, type, reason } = refusal
  if (status === 401) {
    const given = options.auth === undefined ? 'none were given' : `those given (${Object.keys(options.auth).join(' and ')}) were refused`
    return connectFailed(options, `the server asks for credentials in option 'auth'; ${given}`, error)
  }
  if (status === 403)
    return connectFailed(
      options,
      `the user of option 'auth' needs the cluster privilege 'monitor' and all privileges on '${options.indexPrefix}*'; the server says: ${firstLine(reason)}`,
      error,
    )
  // A server of another major version does not know the media type that this client speaks, and says which it knows.
  const major = /version must be either version (\d+)/.exec(reason)?.[1]
  if (major !== undefined || type === 'media_type_header_exception' || status === 406) {
    const found = major === undefined ? `a server that says: ${firstLine(reason)}` : `version ${major}`
    return connectFailed(options, `option 'node' must name Elasticsearch ${expectedVersion}; found ${found}`, error)
  }
  if (status === 429 || status >= 500) return undefined
  return connectFailed(options, `option 'node' must name Elasticsearch ${expectedVersion}; found a server that answers ${status}`, error)
}

function connectFailed(options: ResolvedElasticsearchOptions, problem: string, cause?: unknown, retryable = false): Error {
  const details = { nodes: options.nodes, connectTimeoutMs: options.connectTimeoutMs }
  return searchError('CONNECT_FAILED', `elasticsearch() could not connect to ${options.nodes.join(', ')}: ${problem}.`, {
    retryable,
    details,
    ...(cause === undefined ? {} : { cause }),
  })
}

function reasonOf(error: unknown): string {
  return firstLine(error instanceof Error ? error.message : String(error))
}
