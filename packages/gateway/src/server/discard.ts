import type { IncomingMessage } from 'node:http'

const maxDiscardedBytes = 8 * 1_048_576

/**
 * Reads the rest of a body that nobody wants, so that the client, who may send all before it reads, gets to see the answer.
 * A body that does not end soon costs the client its connection.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxDiscardedBytes) request.socket.destroy()
  })
  request.resume()
}
