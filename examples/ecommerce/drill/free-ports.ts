import { createServer } from 'node:net'

/** The first of six free ports in a row, below those that Linux gives to outgoing connections and above those of the servers that we start. */
export async function freePorts(): Promise<number> {
  for (let port = 20_000 + (process.pid % 120) * 100; ; port += 10) {
    const free = await Promise.all([0, 1, 2, 3, 4, 5].map((offset) => isFree(port + offset)))
    if (free.every(Boolean)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
