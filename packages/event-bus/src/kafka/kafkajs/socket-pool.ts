import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { HanseError } from '@hanse/core'
import type { ISocketFactory } from 'kafkajs'

/** The connections of one client, which kafkajs opens through it and cannot end while a request waits for its answer. */
export interface SocketPool {
  /** What kafkajs opens its connections with. */
  readonly open: ISocketFactory
  /** @throws HanseError `CLOSED` after {@link SocketPool.destroy} */
  assertOpen(): void
  /** Ends every connection at once and opens no more. What waits for an answer fails. */
  destroy(): void
}

const keepAliveMs = 60_000

/** Makes a {@link SocketPool}; its connections are those that kafkajs would open. */
export function createSocketPool(): SocketPool {
  const sockets = new Set<Socket>()
  let closed = false
  const hungUp = (): HanseError => new HanseError('the session of the Kafka transport was closed at once.', { code: 'CLOSED' })
  const assertOpen = (): void => {
    if (closed) throw hungUp()
  }
  return {
    assertOpen,
    open({ host, port, ssl, onConnect }) {
      assertOpen()
      const name = isIP(host) === 0 ? { servername: host } : {}
      const socket = (ssl as typeof ssl | undefined) ? connectTls({ host, port, ...name, ...ssl }, onConnect) : connect({ host, port }, onConnect)
      socket.setKeepAlive(true, keepAliveMs)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
    destroy() {
      closed = true
      // With an error, because kafkajs fails what waits on a connection when it hears of one, and not when the connection just closes.
      for (const socket of sockets) socket.destroy(hungUp())
    },
  }
}
