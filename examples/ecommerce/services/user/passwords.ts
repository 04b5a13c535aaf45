import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

// OWASP's second recommended setting for argon2id: 19 MiB, two passes, one lane.
const memoryKiB = 19_456
const passes = 2
const concurrent = 4

let running = 0
const waiting: (() => void)[] = []

/** Hashes at bounded concurrency, so that a wave of sign-ups cannot take all memory and threads. */
async function bounded<T>(work: () => Promise<T>): Promise<T> {
  if (running >= concurrent) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

interface Cost {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

const cost: Cost = { memory: memoryKiB, passes, parallelism: 1 }

function hash(password: string, nonce: Uint8Array, by: Cost): Promise<Buffer> {
  return bounded(() => derive('argon2id', { message: Buffer.from(password.normalize('NFKC')), nonce, tagLength: 32, ...by }))
}

/** An argon2id hash in PHC form; the whole password counts, however long. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await hash(password, salt, cost)
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$${encode(salt)}$${encode(tag)}`
}

/** Whether `password` is the one behind `stored`. Takes the same time for an unknown user: pass {@link noPassword}. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, , , by = '', salt = '', tag = ''] = stored.split('$')
  const expected = Buffer.from(tag, 'base64')
  const actual = await hash(password, Buffer.from(salt, 'base64'), readCost(by))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** Stands for the hash of a user who does not exist; no password fits it. */
export const noPassword = `$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$${encode(Buffer.alloc(16))}$${encode(Buffer.alloc(32))}`

/** A hash is checked at the cost at which it was made, whatever new ones cost. */
function readCost(text: string): Cost {
  const match = /^m=(\d+),t=(\d+),p=(\d+)$/.exec(text)
  if (match === null) throw new Error('A stored password hash is not in PHC form.')
  return { memory: Number(match[1]), passes: Number(match[2]), parallelism: Number(match[3]) }
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
