import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createSocketPool } from './socket-pool.ts'

describe('createSocketPool', () => {
  it('ends the connections of a client that waits for a silent broker, and opens no more', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const accepted = once(silent, 'connection')
    const { port } = silent.address() as AddressInfo
    const pool = createSocketPool()
    const admin = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING, socketFactory: pool.open, retry: { retries: 0 } }).admin()
    const connecting = admin.connect()
    const [peer] = (await accepted) as [Socket]
    peer.resume()
    const ended = once(peer, 'close')
    pool.assertOpen()
    pool.destroy()
    await expect(connecting).rejects.toThrow('closed at once')
    await ended
    expect(() => pool.assertOpen()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    await expect(admin.connect()).rejects.toThrow('closed at once')
    silent.close()
  })
})
