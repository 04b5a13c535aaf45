import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { generateId } from '@hanse/core'
import { createServerCertificate, findProvider, startInfra } from '@hanse/infra'
import type { Infra, ServerCertificate } from '@hanse/infra'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { createEventBus, defineEvent } from '../index.ts'
import { kafka } from './index.ts'
import type { KafkaOptions } from './index.ts'

const { kafka: server } = inject('engines')
// The settings of a server in a container are not ours to write.
const provider = await findProvider({ provider: 'jvm' })

describe.skipIf(server === undefined || 'missing' in provider)('a broker that asks for a password and speaks TLS (needs kafka)', () => {
  let certificate: ServerCertificate | undefined
  let infra: Infra | undefined
  let brokers: readonly string[]
  beforeAll(async () => {
    certificate = await createServerCertificate()
    const { keystore, password } = certificate
    const secure = await freePort()
    brokers = [`127.0.0.1:${secure}`]
    infra = await startInfra({
      engines: ['kafka'],
      scramUsers: { shop: 'scrambled' },
      settings: {
        kafka: ({ host, port, internalPort }) => ({
          listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${internalPort},SECURE://${host}:${secure}`,
          'advertised.listeners': `PLAINTEXT://${host}:${port},SECURE://${host}:${secure}`,
          'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
          'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
          'listener.name.secure.plain.sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required user_shop="secret";',
          'listener.name.secure.scram-sha-256.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
          'listener.name.secure.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
          'listener.name.secure.ssl.keystore.location': keystore,
          'listener.name.secure.ssl.keystore.password': password,
          'listener.name.secure.ssl.keystore.type': 'PKCS12',
        }),
      },
    })
  })
  afterAll(async () => {
    await infra?.close()
    await certificate?.[Symbol.asyncDispose]()
  })

  const sasl = { mechanism: 'plain', username: 'shop', password: 'secret' } as const
  const start = async (changed: Partial<KafkaOptions>): Promise<void> => {
    await using bus = createEventBus({ transport: kafka({ brokers, connectTimeoutMs: 5_000, ...changed }), source: 'test' })
    await bus.start()
  }

  it('takes the right password over an encrypted connection, and carries events', async () => {
    const noted = defineEvent(`noted-${generateId()}`, { schema: z.object({ text: z.string() }), key: () => 'k', partitions: 1 })
    await using bus = createEventBus({ transport: kafka({ brokers, sasl, tls: { ca: certificate?.ca } }), source: 'test' })
    const heard = Promise.withResolvers<string>()
    await bus.subscribe(noted, { group: 'readers', from: 'earliest' }, ({ data }) => heard.resolve(data.text))
    await bus.publish(noted, { text: 'over TLS' })
    expect(await heard.promise).toBe('over TLS')
  })

  it('names option sasl for a wrong password, within the time allowed (seed-requirement 99)', async () => {
    await expect(start({ sasl: { ...sasl, password: 'wrong' }, tls: { ca: certificate?.ca } })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining("option 'sasl' was refused"),
    })
  })

  it.each(['scram-sha-256', 'scram-sha-512'] as const)('takes the right password by %s, which does not cross the wire, and no other', async (mechanism) => {
    const tls = { ca: certificate?.ca }
    await expect(start({ sasl: { mechanism, username: 'shop', password: 'scrambled' }, tls })).resolves.toBeUndefined()
    const refusal = { code: 'CONNECT_FAILED', retryable: false, message: expect.stringContaining("option 'sasl' was refused") }
    for (const password of ['wrong', sasl.password])
      await expect(start({ sasl: { mechanism, username: 'shop', password }, tls })).rejects.toMatchObject(refusal)
    await expect(start({ sasl: { mechanism, username: 'nobody', password: 'scrambled' }, tls })).rejects.toMatchObject(refusal)
  })

  it('names the options where the password is missing', async () => {
    await expect(start({ tls: { ca: certificate?.ca } })).rejects.toMatchObject({ code: 'CONNECT_FAILED', message: expect.stringContaining("'sasl'") })
  })

  it('refuses a broker that it does not know, and says that it is option tls', async () => {
    await expect(start({ sasl, tls: true })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/option 'tls' does not fit .*self-signed certificate/),
    })
  })
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
