import { auth, Client, errors, policies, types } from 'cassandra-driver'
import { createDeadline, HanseError } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { ClientOptions } from 'cassandra-driver'
import { raceAbort } from '@hanse/core'
import type { DataErrorCode } from '../errors.ts'
import type { CassandraOptions } from './cassandra.ts'
import { vectorEncoding } from './driver-vectors.ts'
import { reasonOf } from './failures.ts'
import { quote } from './cql-text.ts'
import type { ServerVersion } from './served.ts'

/** What connecting found out. */
export interface Connected {
  readonly client: Client
  /** The release that the first node runs. */
  readonly version: ServerVersion
}

type Policies = NonNullable<ClientOptions['policies']>

const oldestMajor = 4
const foundCenters = /only found hosts in data centers: \[([^\]]*)\]/

/** The driver asks for one of its own generators by `instanceof`. */
function timestampGenerator(next: () => number): policies.timestampGeneration.TimestampGenerator {
  return Object.assign(new policies.timestampGeneration.MonotonicTimestampGenerator(1_000, 1_000), { next })
}

/**
 * Opens a client and makes sure that what the options say is so.
 * @throws HanseError `CONNECT_FAILED` that names the option, what it says and what was found
 */
export async function connect(options: CassandraOptions, timestamps: () => number, { signal }: AbortOptions): Promise<Connected> {
  const { connectTimeoutMs = 10_000 } = options
  const client = openClient(options, connectTimeoutMs, timestamps)
  using deadline = createDeadline({ timeoutMs: connectTimeoutMs, subject: 'the connection to Cassandra', ...(signal === undefined ? {} : { signal }) })
  try {
    await raceAbort(client.connect(), deadline.signal)
    const version = await raceAbort(readVersion(client), deadline.signal)
    await raceAbort(findKeyspace(client, options), deadline.signal)
    return { client, version }
  } catch (error) {
    await client.shutdown()
    signal?.throwIfAborted()
    throw HanseError.isInstance(error) && !HanseError.hasCode(error, 'DEADLINE_EXCEEDED') ? error : connectFailed(options, error)
  }
}

function openClient(
  { contactPoints, port = 9042, localDataCenter, credentials, tls, speculativeExecution }: CassandraOptions,
  connectTimeoutMs: number,
  timestamps: () => number,
): Client {
  const client = new Client({
    contactPoints: [...contactPoints],
    protocolOptions: { port },
    localDataCenter,
    ...(credentials === undefined ? {} : { authProvider: new auth.PlainTextAuthProvider(credentials.username, credentials.password) }),
    // The driver would take any certificate unless it is told not to.
    ...(tls === undefined ? {} : { sslOptions: { rejectUnauthorized: true, ...tls } }),
    encoding: vectorEncoding(),
    policies: { timestampGeneration: timestampGenerator(timestamps), ...speculation(speculativeExecution) },
    queryOptions: { consistency: types.consistencies.localQuorum, serialConsistency: types.consistencies.localSerial, prepare: true },
    socketOptions: { connectTimeout: Math.min(5_000, connectTimeoutMs), readTimeout: 12_000 },
  })
  return client
}

function speculation(option: CassandraOptions['speculativeExecution']): Pick<Policies, 'speculativeExecution'> {
  if (option === undefined) return {}
  return { speculativeExecution: new policies.speculativeExecution.ConstantSpeculativeExecutionPolicy(option.delayMs, option.maxExecutions) }
}

async function readVersion(client: Client): Promise<ServerVersion> {
  const { rows } = await client.execute('SELECT release_version FROM system.local', [], { prepare: false })
  const text = String(rows[0]?.['release_version'])
  const [major = 0, minor = 0, patch = 0] = text.split('.').map((part) => Number.parseInt(part, 10))
  if (major >= oldestMajor) return [major, minor, patch]
  throw connectError(`the server is Cassandra ${text}; version ${oldestMajor}.0 or later is needed`, { version: text })
}

async function findKeyspace(client: Client, { keyspace, replication }: CassandraOptions): Promise<void> {
  if (replication !== undefined) {
    const factors = Object.entries(replication).map(([center, factor]) => `'${center}': ${factor}`)
    const strategy = `{'class': 'NetworkTopologyStrategy', ${factors.join(', ')}}`
    await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${quote(keyspace)} WITH replication = ${strategy}`, [], { prepare: false })
  }
  const { rows } = await client.execute('SELECT keyspace_name FROM system_schema.keyspaces', [], { prepare: false })
  const names = rows.map((row) => String(row['keyspace_name'])).filter((name) => !name.startsWith('system'))
  if (names.includes(keyspace)) return
  const found = names.length === 0 ? 'there is none but the system’s own' : `there are ${names.slice(0, 10).join(', ')}`
  throw connectError(`option 'keyspace' is '${keyspace}', which does not exist (${found}); create it, or give option 'replication' and it is created`, {
    keyspace,
  })
}

function connectFailed(options: CassandraOptions, error: unknown): HanseError<DataErrorCode> {
  const reason = reasonOf(error)
  const inner = error instanceof errors.NoHostAvailableError ? Object.values(error.innerErrors) : [error]
  const centers = inner.map((one) => foundCenters.exec(messageOf(one))?.[1]).find((found) => found !== undefined)
  if (centers !== undefined)
    return connectError(
      `option 'localDataCenter' is '${options.localDataCenter}', but the nodes are in ${centers}`,
      { localDataCenter: options.localDataCenter },
      error,
    )
  if (inner.some(isTlsFailure)) {
    const given = options.tls === undefined ? 'is not given' : 'does not fit the server'
    return connectError(`option 'tls' ${given}: ${reason}`, {}, error)
  }
  if (inner.some((one) => one instanceof errors.AuthenticationError || /authentication|credentials/i.test(messageOf(one)))) {
    const problem = options.credentials === undefined ? 'is missing, but the server asks for a name and a password' : 'was refused'
    return connectError(`option 'credentials' ${problem} (${reason})`, {}, error)
  }
  const at = options.contactPoints.map((host) => `${host}:${options.port ?? 9042}`).join(', ')
  return connectError(
    `no node answered at 'contactPoints' ${at} within ${options.connectTimeoutMs ?? 10_000} ms (${reason}); is the server up, and are address and port right`,
    {},
    error,
    true,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}

/** What Node and OpenSSL say of a certificate that is not accepted, or of a peer that speaks no TLS. */
function isTlsFailure(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return /^ERR_(TLS|SSL)_|CERT|UNABLE_TO_|^EPROTO$/.test(code)
}

function connectError(problem: string, details: Readonly<Record<string, unknown>>, cause?: unknown, retryable = false): HanseError<DataErrorCode> {
  return new HanseError(`cassandra() could not connect: ${problem}.`, { code: 'CONNECT_FAILED', retryable, details, ...(cause === undefined ? {} : { cause }) })
}
