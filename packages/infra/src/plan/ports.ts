import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { HanseError } from '@hanse/core'
import type { InfraErrorCode } from '../errors.ts'
import type { EngineName } from './engine.ts'
import type { Address } from './server-plan.ts'

// Below the ports that systems give to outgoing connections (Linux from 32768 on, others from 49152): one of those may be gone between the choice and
// the moment when a server listens, taken by any client; even by the question whether the server is ready, which then talks to itself.
const freePorts = { first: 10_000, count: 10_000, next: randomInt(10_000) }

/** What {@link chooseAddresses} needs to know. */
export interface AddressWish {
  readonly engine: EngineName
  readonly nodes: number
  /** The port of the first server; undefined for any free one. */
  readonly port: number | undefined
}

/**
 * Finds the addresses of one engine's servers, all on loopback.
 * Servers of Cassandra share their ports and differ in their address (127.0.0.1, .2, .3), because a driver expects one port in a cluster;
 * brokers of Kafka share the address and differ in their ports (those asked for count up by one).
 * @throws HanseError `PORT_TAKEN`
 */
export async function chooseAddresses({ engine, nodes, port }: AddressWish): Promise<readonly Address[]> {
  const indexes = Array.from({ length: nodes }, (_, index) => index)
  if (engine === 'cassandra') {
    const hosts = indexes.map((index) => `127.0.0.${index + 1}`)
    const shared = port === undefined ? await freePort(engine, hosts) : await takePort(engine, hosts, port)
    const internalPort = await freePort(engine, hosts)
    return hosts.map((host) => ({ host, port: shared, internalPort }))
  }
  const host = '127.0.0.1'
  return Promise.all(
    indexes.map(async (index) => ({
      host,
      port: port === undefined ? await freePort(engine, [host]) : await takePort(engine, [host], port + index),
      internalPort: await freePort(engine, [host]),
    })),
  )
}

/** @throws HanseError `PORT_TAKEN` when one of the server's ports is in use */
export async function assertFree(engine: EngineName, { host, port, internalPort }: Address): Promise<void> {
  await takePort(engine, [host], port)
  await takePort(engine, [host], internalPort)
}

async function takePort(engine: EngineName, hosts: readonly string[], port: number): Promise<number> {
  const obstacle = await findObstacle(hosts, port)
  if (obstacle !== undefined) throw portTaken(engine, port, obstacle)
  return port
}

/** The next port that is free on all hosts; never the same twice in one process, so that what was chosen and not yet listened on is not chosen again. */
async function freePort(engine: EngineName, hosts: readonly string[]): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = freePorts.first + freePorts.next
    freePorts.next = (freePorts.next + 1) % freePorts.count
    const obstacle = await findObstacle(hosts, port)
    if (obstacle === undefined) return port
    if (attempt === freePorts.count || obstacle.error.code === 'EADDRNOTAVAIL') throw portTaken(engine, port, obstacle)
  }
}

interface Obstacle {
  readonly host: string
  readonly error: NodeJS.ErrnoException
}

async function findObstacle(hosts: readonly string[], port: number): Promise<Obstacle | undefined> {
  for (const host of hosts) {
    const error = await tryListen(host, port)
    if (error !== undefined) return { host, error }
  }
  return undefined
}

function tryListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

function portTaken(engine: EngineName, port: number, { host, error: cause }: Obstacle): HanseError<InfraErrorCode> {
  const missing = cause.code === 'EADDRNOTAVAIL'
  const found = missing ? `this machine has no address ${host}` : `something else listens there (${cause.code ?? cause.message})`
  const advice = missing ? `add it first (macOS: sudo ifconfig lo0 alias ${host})` : 'end what listens there, or name another port'
  return new HanseError(`${engine} needs ${host}:${port}, but ${found}; ${advice}.`, { code: 'PORT_TAKEN', cause, details: { engine, host, port } })
}
