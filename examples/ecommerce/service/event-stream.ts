import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { ServerSentEvent } from './answer.ts'

/** Sends server-sent events as they come; the client going away ends the iteration. */
export function sendEvents(reply: FastifyReply, events: AsyncIterable<ServerSentEvent>): FastifyReply {
  return reply
    .status(200)
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(format(events)))
}

async function* format(events: AsyncIterable<ServerSentEvent>): AsyncIterable<string> {
  // A first comment makes headers and proxies let the stream through at once.
  yield ': hello\n\n'
  for await (const { event, data, id } of events) {
    yield `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  }
}
