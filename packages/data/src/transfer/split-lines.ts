import { invalidExport } from './line-chain.ts'

/** Cuts text, in chunks of any size, into its lines. */
export async function* splitLines(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let count = 0
  for await (const chunk of source) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n')
    rest = lines.pop() ?? ''
    count += lines.length
    yield* lines
  }
  if (rest !== '') throw invalidExport(`it was cut off in the middle of line ${count + 1}`)
}
