import { seededRandom } from '@hanse/core'
import type { Random } from '@hanse/core'

/** A made-up document for search benchmarks. */
export interface RandomDocument {
  readonly id: string
  readonly name: string
  readonly description: string
}

/** Documents and the words they are made of; equal for equal seeds. */
export interface RandomDocuments {
  readonly documents: readonly RandomDocument[]
  /** The commonest word first. */
  readonly words: readonly string[]
}

/** Makes documents of 4 words of name and 30 of description, whose words are as unevenly common as those of a language. */
export function randomDocuments(count: number, seed: number): RandomDocuments {
  const random = seededRandom(seed)
  const words = randomWords(4_000, random)
  // A product of two draws prefers low indexes: few common words, many rare ones.
  const draw = (): string => words[Math.floor(random() * random() * words.length)] ?? ''
  const text = (length: number): string => Array.from({ length }, draw).join(' ')
  const documents = Array.from({ length: count }, (_, index) => ({ id: `doc-${index}`, name: text(4), description: text(30) }))
  return { documents, words }
}

function randomWords(count: number, random: Random): readonly string[] {
  const letter = (from: string): string => from[Math.floor(random() * from.length)] ?? ''
  const syllable = (): string => letter('bdfgklmnprstvz') + letter('aeiou')
  const words = new Set<string>()
  while (words.size < count) words.add(Array.from({ length: 3 + Math.floor(random() * 2) }, syllable).join('') + letter('knmr'))
  return [...words]
}

/** The word with one letter in its middle exchanged for another: a typo. */
export function misspelt(word: string): string {
  const at = Math.floor(word.length / 2)
  return `${word.slice(0, at)}${word[at] === 'x' ? 'q' : 'x'}${word.slice(at + 1)}`
}
