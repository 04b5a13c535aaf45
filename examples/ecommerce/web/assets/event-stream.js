/**
 * Server-sent events over `fetch`, because `EventSource` can not send an `Authorization` header.
 * @typedef {{ event: string, data: string, id: string | undefined }} StreamEvent
 */

/**
 * Splits a stream of text into events, as the HTML standard says: lines end in LF, CR or CRLF, a blank line sends the event.
 * @returns {(chunk: string) => StreamEvent[]} takes the next piece, gives the events that it completes
 */
export function createEventParser() {
  let rest = ''
  let id = /** @type {string | undefined} */ (undefined)
  let event = ''
  /** @type {string[]} */
  let data = []

  /** @param {string} line @returns {StreamEvent[]} */
  const take = (line) => {
    if (line === '') {
      const complete = data.length === 0 ? [] : [{ event: event === '' ? 'message' : event, data: data.join('\n'), id }]
      event = ''
      data = []
      return complete
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') id = value
    return []
  }

  return (chunk) => {
    rest += chunk
    // A CR at the very end may be the first half of a CRLF: it waits for the next piece.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    return lines.flatMap(take)
  }
}

/**
 * Reads a response's events until it ends.
 * @param {Response} response
 * @returns {AsyncGenerator<StreamEvent>}
 */
export async function* readEvents(response) {
  if (response.body === null) return
  const parse = createEventParser()
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield* parse(part.value)
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
