import type { SqliteConnection } from '@hanse/core/sqlite'
import { correctionDistance } from '../text/edit-distance.ts'
import type { TextTables } from './text-tables.ts'

interface Entry {
  readonly token: string
  readonly letters: number
}

const mostCorrections = 24

/**
 * The tokens of one index by length, held in memory for typo tolerance; read again when another process has written.
 * Tokens of deleted documents may linger until then, which costs a comparison and finds nothing.
 */
export class Dictionary {
  #byLength = new Map<number, Map<string, Entry>>()
  #state: string | undefined

  /** Tokens within `edits` of `token`, nearest first, then by the alphabet. */
  near(db: SqliteConnection, tables: TextTables, state: string, token: string, edits: 1 | 2): string[] {
    if (this.#state !== state) this.#load(db, tables, state)
    const letters = letterSet(token)
    const found: { readonly token: string; readonly distance: number }[] = []
    for (let length = token.length - edits; length <= token.length + edits; length++) {
      for (const entry of this.#byLength.get(length)?.values() ?? []) {
        if (!mayBeNear(letters, entry.letters, edits)) continue
        const distance = correctionDistance(token, entry.token, edits)
        if (distance !== undefined) found.push({ token: entry.token, distance })
      }
    }
    return nearestFirst(found).slice(0, mostCorrections)
  }

  /** Takes in tokens of this process's own writes; some may be there already. */
  add(tokens: Iterable<string>): void {
    if (this.#state === undefined) return
    for (const token of tokens) this.#insert(token)
  }

  #insert(token: string): void {
    const entries = this.#byLength.get(token.length)
    const entry = { token, letters: letterSet(token) }
    if (entries === undefined) this.#byLength.set(token.length, new Map([[token, entry]]))
    else entries.set(token, entry)
  }

  #load(db: SqliteConnection, tables: TextTables, state: string): void {
    this.#byLength = new Map()
    for (const row of db.prepare(`select term from ${tables.words}`).iterate()) this.#insert(String(row['term']))
    this.#state = state
  }
}

function nearestFirst(found: readonly { readonly token: string; readonly distance: number }[]): string[] {
  return found.toSorted((a, b) => a.distance - b.distance || (a.token < b.token ? -1 : 1)).map(({ token }) => token)
}

/** Which of 32 classes of letters occur: a cheap test before the distance is computed. */
function letterSet(token: string): number {
  let set = 0
  for (let i = 0; i < token.length; i++) set |= 1 << (token.charCodeAt(i) & 31)
  return set
}

/** One edit adds or removes at most one letter on each side. */
function mayBeNear(a: number, b: number, edits: number): boolean {
  return countBits(a & ~b) <= edits && countBits(b & ~a) <= edits
}

function countBits(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}
