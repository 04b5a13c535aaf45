import { connect } from 'node:net'
import type { ServerPlan } from '../plan/server-plan.ts'

/**
 * Ready means that every broker sees all brokers and that coordinators of groups and of producers answer without an error:
 * in its first seconds a broker answers "loading", which clients log as failures.
 * Three requests of the protocol are written here by hand, because a whole client would bring its own retries and warnings along.
 */
export async function kafkaIsReady(plans: readonly ServerPlan[]): Promise<true | string> {
  for (const plan of plans) {
    const answer = await askBroker(plan, plans.length)
    if (answer !== true) return answer
  }
  return true
}

async function askBroker(plan: ServerPlan, brokers: number): Promise<true | string> {
  try {
    const seen = countBrokers(await request(plan, metadata))
    if (seen !== brokers) return `${plan.name} sees ${seen} of ${brokers} brokers`
    const group = (await request(plan, findCoordinator)).readInt16BE(4)
    if (group !== 0) return `${plan.name} has no group coordinator yet (error ${group})`
    const producer = (await request(plan, initProducerId)).readInt16BE(4)
    return producer === 0 || `${plan.name} gives out no producer ids yet (error ${producer})`
  } catch (error) {
    return `${plan.name} does not answer at ${plan.host}:${plan.port} (${error instanceof Error ? error.message : String(error)})`
  }
}

interface KafkaRequest {
  readonly key: number
  readonly version: number
  readonly body: Buffer
}

// https://kafka.apache.org/protocol: Metadata v1 for no topics, FindCoordinator v1 for a group, InitProducerId v0 outside a transaction.
const metadata: KafkaRequest = { key: 3, version: 1, body: int32(0) }
const findCoordinator: KafkaRequest = { key: 10, version: 1, body: Buffer.concat([string('hanse-infra'), Buffer.from([0])]) }
const initProducerId: KafkaRequest = { key: 22, version: 0, body: Buffer.concat([int16(-1), int32(60_000)]) }

function countBrokers(answer: Buffer): number {
  return answer.readInt32BE(0)
}

/** Sends one request over a connection of its own and resolves with the answer's body, without its correlation id. */
function request({ host, port }: ServerPlan, { key, version, body }: KafkaRequest): Promise<Buffer> {
  const message = Buffer.concat([int16(key), int16(version), int32(1), string('hanse-infra'), body])
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write(Buffer.concat([int32(message.length), message])))
    let received = Buffer.alloc(0)
    socket.setTimeout(4_000, () => socket.destroy(new Error('no answer within 4 s')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection closed before an answer')))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      resolve(received.subarray(8))
      socket.destroy()
    })
  })
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function string(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
}
