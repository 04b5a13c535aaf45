import { createServerCertificate, findProvider, startInfra } from '@hanse/infra'
import type { Infra, ServerCertificate } from '@hanse/infra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createDatabase } from '../database.ts'
import { table } from '../schema/table.ts'
import { cassandra } from './index.ts'
import type { CassandraOptions } from './index.ts'

const { cassandra: server } = inject('engines')
// The settings of a server in a container are not ours to write.
const provider = await findProvider({ provider: 'jvm' })

describe.skipIf(server === undefined || 'missing' in provider)('a server of Cassandra that asks for a password and speaks TLS (needs cassandra)', () => {
  const notes = table('notes', { fields: { id: 'int', text: 'text' }, key: ['id'] })
  let certificate: ServerCertificate | undefined
  let infra: Infra | undefined
  beforeAll(async () => {
    certificate = await createServerCertificate()
    const { keystore, password } = certificate
    const encryption = { enabled: true, optional: true, keystore, keystore_password: password, store_type: 'PKCS12', require_client_auth: false }
    const settings = { authenticator: 'PasswordAuthenticator', authorizer: 'CassandraAuthorizer', client_encryption_options: JSON.stringify(encryption) }
    infra = await startInfra({ engines: ['cassandra'], settings: { cassandra: settings } })
  })
  afterAll(async () => {
    await infra?.close()
    await certificate?.[Symbol.asyncDispose]()
  })

  const options = (changed: Partial<CassandraOptions>): CassandraOptions => {
    if (infra?.cassandra === undefined) throw new Error('it was started')
    return { ...infra.cassandra, keyspace: 'shop', replication: { datacenter1: 1 }, connectTimeoutMs: 5_000, ...changed }
  }
  const start = async (changed: Partial<CassandraOptions>): Promise<void> => {
    await using engine = cassandra(options(changed))
    await engine.start({})
  }
  const admin = { username: 'cassandra', password: 'cassandra' }

  it('takes the right credentials over an encrypted connection', async () => {
    const engine = cassandra(options({ credentials: admin, tls: { ca: certificate?.ca } }))
    await using db = createDatabase({ engine, tables: { notes }, schema: 'create' })
    await db.notes.insert({ id: 1, text: 'kept' })
    expect(await db.notes.get({ id: 1 })).toEqual({ id: 1, text: 'kept' })
  })

  it.each([
    ['a wrong password', { ...admin, password: 'wrong' }],
    ['a name that is not there', { username: 'nobody', password: 'cassandra' }],
  ])('names the option for %s, within the time allowed (seed-requirement 99)', async (_, credentials) => {
    await expect(start({ credentials })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: false,
      message: expect.stringMatching(/option 'credentials' was refused .*incorrect/),
    })
  })

  it('names the option where credentials are missing', async () => {
    await expect(start({})).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining("option 'credentials' is missing, but the server asks for a name and a password"),
    })
  })

  it('refuses a server that it does not know, and says that it is option tls', async () => {
    await expect(start({ credentials: admin, tls: {} })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/option 'tls' does not fit the server: .*self-signed certificate/),
    })
  })

  it('says that TLS does not fit a server that speaks without it', async () => {
    if (server === undefined) throw new Error('it was started')
    await using engine = cassandra({ ...server, keyspace: 'shop', tls: {}, connectTimeoutMs: 5_000 })
    await expect(engine.start({})).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining("option 'tls' does not fit the server"),
    })
  })
})
