import { languageRules } from './languages.ts'
import type { Language } from './languages.ts'

/** A word of a text, where it stands and how it is searched. */
export interface Word {
  /** Folded and lower-case. */
  readonly token: string
  /** First UTF-16 unit in the text. */
  readonly start: number
  /** Just behind the last UTF-16 unit. */
  readonly end: number
}

// Letters that NFKD does not take apart.
const foldedLetters: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', ı: 'i', þ: 'th' }
const hardLetters = /[ßæœøđðłıþ]/g
const latinMarks = /[\u0300-\u036f]/g
const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}`
// A run of a script without spaces, of other letters with their marks, or of digits: 'iphone15' is two words.
const wordPattern = new RegExp(String.raw`[${unspaced}]+|[[\p{L}\p{M}]--[${unspaced}]]+(?:['’]s(?![\p{L}\p{M}]))?|\p{N}+`, 'giv')
const plainWord = /^[a-z0-9]{1,64}$/
const tokenPattern = /[\p{L}\p{M}\p{N}]+/gu
// Left of a character beyond the basic plane where a token is cut within it.
const halfCharacter = /[\ud800-\udbff]$/
const unspacedScript = new RegExp(`^[${unspaced}]`, 'v')
// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const plainAscii = /^[\0-\x7f]*$/
const longestToken = 64

/** Takes a word to the form in which it is compared: compatibility forms and Latin diacritics gone, lower case, composed again. */
export function fold(value: string): string {
  // Most words are plain ASCII, where there is nothing else to do.
  if (plainAscii.test(value)) return value.toLowerCase()
  return value
    .normalize('NFKD')
    .toLowerCase()
    .replace(latinMarks, '')
    .replace(hardLetters, (letter) => foldedLetters[letter] ?? letter)
    .normalize('NFC')
}

/**
 * Splits a text into folded words at everything that is neither letter nor digit, and between letters and digits.
 * A possessive `'s` is dropped; any other apostrophe parts two words.
 * Scripts without spaces become pairs of characters. A word longer than 64 characters is cut.
 * A character that stands for several words gives all of them, at its one place.
 */
export function splitWords(value: string): Word[] {
  const found: Word[] = []
  for (const match of value.matchAll(wordPattern)) {
    const [raw] = match
    if (unspacedScript.test(raw)) found.push(...characterPairs(raw, match.index))
    else {
      for (const token of plainTokens(fold(raw.replace(/['’]s$/i, '')))) found.push({ token, start: match.index, end: match.index + raw.length })
    }
  }
  return found
}

/** A folded word as tokens of letters and digits alone: some single characters, such as `½`, `⑴` and `ﷺ`, stand for signs, spaces and several words. */
function plainTokens(folded: string): string[] {
  if (plainWord.test(folded)) return [folded]
  return (folded.match(tokenPattern) ?? []).map((token) => token.slice(0, longestToken).replace(halfCharacter, ''))
}

function characterPairs(raw: string, start: number): Word[] {
  const characters = Array.from(raw)
  if (characters.length < 2) return [{ token: fold(raw), start, end: start + raw.length }]
  let at = start
  return characters.slice(0, -1).map((character, i) => {
    const pair = character + (characters[i + 1] ?? '')
    const word = { token: fold(pair), start: at, end: at + pair.length }
    at += character.length
    return word
  })
}

/** The stem of a folded word, folded again because some stemmers put marks back. Words with digits stay whole. */
export function stemOf(token: string, language: Language): string {
  if (/\p{N}/u.test(token)) return token
  const stem = fold(languageRules(language).stem(token))
  return stem === '' ? token : stem
}

/**
 * The tokens that stand for a text in an index: every word and, where it differs, its stem.
 * Both are there so that exact words count more, and completion and typo tolerance work on words as they are written.
 */
export function indexTokens(value: string, language: Language): string[] {
  return splitWords(value).flatMap(({ token }) => {
    const stem = stemOf(token, language)
    return stem === token ? [token] : [token, stem]
  })
}

/** The words of a query without stop words; all of them when nothing else is left. */
export function withoutStopWords(words: readonly Word[], language: Language): readonly Word[] {
  const { stopWords } = languageRules(language)
  const kept = words.filter(({ token }) => !stopWords.has(token))
  return kept.length === 0 ? words : kept
}
