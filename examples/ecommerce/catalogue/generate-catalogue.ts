import { seededRandom } from '@hanse/core'
import type { Random } from '@hanse/core'
import { describeProduct, fillPattern, nameProduct } from './compose.ts'
import type { Draft } from './compose.ts'
import { formatCents, drawPriceCents } from './price.ts'
import { stableHash, stableUuid } from './stable-hash.ts'
import type { Kind, Theme } from './theme.ts'
import { themes } from './themes.ts'

/** A product of the demo, in the shape of the shop's HTTP contract. */
export interface CatalogueProduct {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly category: string
  readonly brand: string
  /** An exact amount with two decimals, such as `19.99`. */
  readonly price: string
  readonly currency: 'EUR'
  readonly attributes: Readonly<Record<string, string>>
  readonly tags: readonly string[]
  /** Paths of generated pictures, see {@link productImage}. */
  readonly images: readonly string[]
  readonly inventory_count: number
  /** RFC 3339 in UTC. */
  readonly created_at: string
}

/** Options of {@link generateCatalogue}. */
export interface CatalogueOptions {
  /**
   * How many products.
   * @defaultValue 2400
   */
  readonly count?: number
  /**
   * Another seed gives another catalogue.
   * @defaultValue 1
   */
  readonly seed?: number
}

/** The day the newest product was added; a fixed one, so that every run gives the same catalogue. */
const newest = Date.UTC(2026, 9, 31, 18)
const twoYearsMs = 2 * 365 * 24 * 60 * 60 * 1_000
const shares = themes.reduce((sum, theme) => sum + theme.weight, 0)

/**
 * A believable catalogue: the same for the same seed on every machine, and a shorter one is the start of a longer one.
 * Names and ids are unique; one product in twenty is sold out, one in twenty has a single unit left.
 */
export function generateCatalogue(options: CatalogueOptions = {}): CatalogueProduct[] {
  const { count = 2_400, seed = 1 } = options
  const taken = new Set<string>()
  return Array.from({ length: count }, (_, index) => createProduct(seed, index, taken))
}

function createProduct(seed: number, index: number, taken: Set<string>): CatalogueProduct {
  const random = seededRandom(stableHash(`product ${index}`, seed))
  const draft = draftProduct(random)
  const name = uniqueName(draft, random, taken)
  const id = stableUuid(`hanse shop, catalogue ${seed}, product ${index}`)
  return {
    id,
    name,
    description: describeProduct(draft, random),
    category: draft.theme.category,
    brand: draft.brand,
    price: formatCents(drawPriceCents(draft.theme.medianPrice * draft.kind.factor, draft.theme.spread, random)),
    currency: 'EUR',
    attributes: draft.attributes,
    tags: tagsOf(draft),
    images: [`/images/${id}.svg`],
    inventory_count: drawStock(index, random),
    created_at: new Date(newest - Math.floor(random() * (twoYearsMs / 1_000)) * 1_000).toISOString(),
  }
}

function draftProduct(random: Random): Draft {
  const theme = pickTheme(random)
  const kind = pick(theme.kinds, random)
  const model = [pick(theme.series, random), pick(theme.marks, random)].filter((part) => part !== '').join(' ')
  return { theme, kind, brand: pick(theme.brands, random), model, attributes: drawAttributes(theme, kind, random) }
}

function pickTheme(random: Random): Theme {
  let left = random() * shares
  for (const theme of themes) {
    left -= theme.weight
    if (left < 0) return theme
  }
  return pick(themes, random)
}

function drawAttributes(theme: Theme, kind: Kind, random: Random): Record<string, string> {
  const values = { ...theme.attributes, ...kind.attributes }
  return Object.fromEntries(Object.entries(values).map(([name, choices]) => [name, pick(choices, random)]))
}

/** A name nobody has yet; a later edition of the same thing gets a Roman number, as shops do. */
function uniqueName(draft: Draft, random: Random, taken: Set<string>): string {
  let name = nameProduct(draft, random)
  for (let attempt = 0; taken.has(name) && attempt < 8; attempt++) name = nameProduct(draft, random)
  const base = name
  for (let edition = 2; taken.has(name); edition++) name = `${base}, ${['II', 'III', 'IV', 'V'][edition - 2] ?? `no. ${edition}`}`
  taken.add(name)
  return name
}

function tagsOf({ theme, kind, attributes, brand, model }: Draft): string[] {
  const slots = { ...attributes, brand, model, kind: kind.name, noun: kind.noun }
  const tags = [kind.noun, ...kind.tags.map((tag) => fillPattern(tag, slots)), attributes['colour'] ?? attributes['material'] ?? theme.category]
  return [...new Set(tags.map((tag) => tag.toLowerCase()))]
}

/** Sold out or one left in a fixed rhythm, so that the shares are exact; else log-normal around forty units. */
function drawStock(index: number, random: Random): number {
  const beat = (index * 7) % 20
  const usual = 2 + Math.round(40 * Math.exp(0.9 * (random() + random() + random() - 1.5)))
  return beat === 3 ? 0 : beat === 11 ? 1 : usual
}

function pick<T>(choices: readonly [T, ...T[]] | readonly T[], random: Random): T {
  const choice = choices[Math.floor(random() * choices.length)]
  if (choice === undefined) throw new RangeError('A word list of the catalogue is empty.')
  return choice
}
