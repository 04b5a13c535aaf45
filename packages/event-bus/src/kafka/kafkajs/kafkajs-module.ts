import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const changed = new WeakSet<object>()

/**
 * A module inside kafkajs, or `undefined` where there is none: in an application that was bundled into one file. kafkajs works there as it was
 * published.
 */
export function kafkajsModule(path: string): unknown {
  try {
    return require(`kafkajs/src/${path}`)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** Whether this is the first time that somebody asks for the right to change `part`. */
export function mayChange(part: object): boolean {
  const first = !changed.has(part)
  changed.add(part)
  return first
}
