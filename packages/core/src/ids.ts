import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

const idBytes = 16

/** Makes a new unique id. */
export type GenerateId = () => string

/** Options of {@link createIdGenerator}. */
export interface IdGeneratorOptions {
  /**
   * Where the 48 bits of time come from.
   * @defaultValue {@link systemClock}
   */
  readonly clock?: Clock
  /**
   * Where the random bits come from; give a seeded source for repeatable ids.
   * @defaultValue the machine's cryptographic source
   */
  readonly random?: Random
}

/**
 * A generator of UUIDv7 (RFC 9562): 36 characters, lower case, sorting by time of creation.
 * Ids of one generator increase strictly, also within one millisecond and when the clock steps back.
 */
export function createIdGenerator(options: IdGeneratorOptions = {}): GenerateId {
  const { clock = systemClock, random } = options
  let lastMs = 0
  let sequence = 0
  const randomBytes = random === undefined ? machineBytes() : (): Uint8Array => Uint8Array.from({ length: idBytes }, () => Math.floor(random() * 256))
  return () => {
    const now = clock.now()
    if (now > lastMs) {
      lastMs = now
      sequence = 0
    } else if (++sequence > 0x7fffffff) {
      lastMs++
      sequence = 0
    }
    return v7({ msecs: lastMs, seq: sequence, random: randomBytes() })
  }
}

/** Asking the machine for chance takes longer than making an id, so that it is asked for those of many ids at once. */
function machineBytes(): () => Uint8Array {
  const pool = new Uint8Array(256 * idBytes)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    used += idBytes
    return pool.subarray(used - idBytes, used)
  }
}

/** Makes a UUIDv7 from the machine's time and chance: the default of every `generateId` option. */
export const generateId: GenerateId = createIdGenerator()
