import { seededRandom } from '@hanse/core'

const kinds = ['chair', 'lamp', 'table', 'coffee grinder', 'winter jacket', 'running shoe', 'garden hose', 'desk', 'wool blanket', 'bread knife']
const looks = ['red', 'dark blue', 'folding', 'second-hand', 'light', 'large', 'wooden', 'steel', 'striped', 'plain', 'round', 'narrow', 'soft']
const makers = ['Nordwind', 'Hagen', 'Lindner', 'Ostsee', 'Brise', 'Kontor', 'Anker', 'Speicher', 'Trave', 'Holsten', 'Peters', 'Wulf']

/** Names of products, the same ones every time; more of them begin with the fewer. */
export function productNames(count: number): string[] {
  const random = seededRandom(3)
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? ''
  return Array.from({ length: count }, (_, i) => `${pick(looks)} ${pick(looks)} ${pick(kinds)} by ${pick(makers)} ${(i * 7_919) % 997}`)
}
