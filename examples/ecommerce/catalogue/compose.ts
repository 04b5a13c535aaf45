import type { Random } from '@hanse/core'
import type { Kind, Theme } from './theme.ts'

/** What is known of a product before it has a name. */
export interface Draft {
  readonly theme: Theme
  readonly kind: Kind
  readonly brand: string
  readonly model: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Names of special editions in the languages of a European port. */
const editions = [
  'Édition anniversaire',
  'Sonderausgabe für Köln',
  'Edición otoño',
  'Wydanie łódzkie',
  'Påskeudgave',
  'Útgáfa Þórshöfn',
  'Έκδοση Αιγαίο',
  'İstanbul Özel Seri',
  '限定版',
  'Výročná séria',
]

const extras = [
  'with Carrying Case',
  'Cleaning Cloth',
  'Spare Parts Kit',
  'Printed Manual in Eleven Languages',
  'Gift Box of Recycled Cardboard',
  'Five-Year Guarantee Card',
  'Thank-You Postcard from the Workshop',
]

/** Fills the slots of a pattern; a slot that nobody knows is a mistake in a word list. */
export function fillPattern(pattern: string, slots: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{([^}]+)\}/g, (_, slot: string) => {
    const value = slots[slot]
    if (value === undefined) throw new RangeError(`The pattern "${pattern}" names the slot "${slot}", which this kind does not have.`)
    return value
  })
}

/** One in forty names carries a foreign edition, one in fifty is very long. */
export function nameProduct(draft: Draft, random: Random): string {
  const name = fillPattern(pickOne(draft.theme.names, random), slotsOf(draft))
  const chance = random()
  if (chance < 0.025) return `${name} – ${pickOne(editions, random)}`
  return chance < 0.045 ? lengthen(name, random) : name
}

/** Two to four sentences: what it is, what it is good for, one or two details, sometimes a last word. */
export function describeProduct(draft: Draft, random: Random): string {
  const { theme, kind } = draft
  const slots = slotsOf(draft)
  const sentences = [pickOne(theme.openings, random), pickOne(kind.says, random)]
  if (random() < 0.85) sentences.push(pickOne(theme.details, random))
  if (random() < 0.5) sentences.push(pickOne(theme.closings, random))
  return sentences.map((sentence) => startUpper(fillPattern(sentence, slots))).join(' ')
}

function slotsOf({ brand, model, kind, attributes }: Draft): Readonly<Record<string, string>> {
  const article = /^[aeiou]/i.test(kind.noun) ? 'an' : 'a'
  return { ...attributes, brand, model, kind: kind.name, noun: kind.noun, 'a noun': `${article} ${kind.noun}` }
}

function lengthen(name: string, random: Random): string {
  const start = Math.floor(random() * extras.length)
  const parts = extras.map((_, at) => extras[(start + at) % extras.length] ?? '')
  let long = name
  for (const part of parts) if (long.length + part.length + 2 <= 190) long = `${long}, ${part}`
  return long
}

function startUpper(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function pickOne(choices: readonly string[], random: Random): string {
  return choices[Math.floor(random() * choices.length)] ?? ''
}
