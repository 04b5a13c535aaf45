import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { HanseError } from '@hanse/core'
import type { InfraErrorCode } from '../errors.ts'
import type { EngineName } from './engine.ts'
import type { Address } from './server-plan.ts'

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
    const shared = port === undefined ? await freePort(hosts) : await takePort(engine, hosts, port)
    const internalPort = await freePort(hosts)
    return hosts.map((host) => ({ host, port: shared, internalPort }))
  }
  const host = '127.0.0.1'
  return Promise.all(
    indexes.map(async (index) => ({
      host,
      port: port === undefined ? await freePort([host]) : await takePort(engine, [host], port + index),
      internalPort: await freePort([host]),
    })),
  )
}

/** @throws HanseError `PORT_TAKEN` when one of the server's ports is in use */
export async function assertFree(engine: EngineName, { host, port, internalPort }: Address): Promise<void> {
  await takePort(engine, [host], port)
  await takePort(engine, [host], internalPort)
}

async function takePort(engine: EngineName, hosts: readonly string[], port: number): Promise<number> {
  for (const host of hosts) {
    const failure = await tryListen(host, port).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    )
    if (failure !== undefined) throw portTaken(engine, host, port, failure)
  }
  return port
}

async function freePort(hosts: readonly string[]): Promise<number> {
  const [first = '127.0.0.1', ...others] = hosts
  for (let attempt = 1; ; attempt += 1) {
    const port = await tryListen(first, 0)
    const failures = await Promise.all(
      others.map((host) =>
        tryListen(host, port).then(
          () => undefined,
          (error: NodeJS.ErrnoException) => ({ host, error }),
        ),
      ),
    )
    const failure = failures.find((entry) => entry !== undefined)
    if (failure === undefined) return port
    if (attempt === 20 || failure.error.code !== 'EADDRINUSE') throw portTaken('cassandra', failure.host, port, failure.error)
  }
}

function tryListen(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const { port: taken } = server.address() as AddressInfo
      server.close(() => resolve(taken))
    })
  })
}

function portTaken(engine: EngineName, host: string, port: number, cause: NodeJS.ErrnoException): HanseError<InfraErrorCode> {
  const missing = cause.code === 'EADDRNOTAVAIL'
  const found = missing ? `this machine has no address ${host}` : `something else listens there (${cause.code ?? cause.message})`
  const advice = missing ? `add it first (macOS: sudo ifconfig lo0 alias ${host})` : 'end what listens there, or name another port'
  return new HanseError(`${engine} needs ${host}:${port}, but ${found}; ${advice}.`, { code: 'PORT_TAKEN', cause, details: { engine, host, port } })
}
