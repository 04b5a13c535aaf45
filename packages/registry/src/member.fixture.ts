// A service process for registry-processes.test.ts: serves, registers, and answers its parent over the IPC channel.
import { createServer } from 'node:http'
import { createDatabase, sqlite } from '@hanse/data'
import { createRegistry } from './index.ts'

const [file = '', name = 'orders', health = 'health'] = process.argv.slice(2)
const server = createServer((_request, response) => response.end('ok'))
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve)
})
const address = server.address()
const port = typeof address === 'object' && address !== null ? address.port : 0
const db = createDatabase({ engine: sqlite({ file }), tables: {} })
const registry = createRegistry({ store: db, beat: { everyMs: 500 }, refresh: { everyMs: 200 }, probe: { everyMs: 200, timeoutMs: 500 } })
const registration = await registry.register({
  name,
  url: `http://127.0.0.1:${port}`,
  version: '1.0.0',
  metadata: { pid: String(process.pid) },
  ...(health === 'health' ? { healthPath: '/health/live' } : {}),
})
process.on('message', (message) => {
  if (message === 'discover') void registry.discover(name).then((found) => process.send?.({ pids: found.map(({ metadata }) => Number(metadata['pid'])) }))
})
process.once('SIGTERM', async () => {
  await registration.drain({ settleMs: 1_500 })
  server.close()
  server.closeAllConnections()
  await registry.close()
  await db.close()
  process.disconnect?.()
})
process.send?.({ port })
