import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold, indexTokens, splitWords, stemOf, withoutStopWords } from './analyze.ts'
import { highlight } from './highlight.ts'

const tokens = (value: string): string[] => splitWords(value).map(({ token }) => token)

describe('splitWords', () => {
  it.each([
    ['Crème brûlée', ['creme', 'brulee']],
    ['Straße, Øre & Łódź', ['strasse', 'ore', 'lodz']],
    ['iPhone15-Pro/Max', ['iphone', '15', 'pro', 'max']],
    ["Men's l'eau don’t", ['men', 'l', 'eau', 'don', 't']],
    ['AB-12.5x', ['ab', '12', '5', 'x']],
    ['日本語', ['日本', '本語']],
    ['한국어 커피와茶', ['한국어', '커피와', '茶']],
    ['हिन्दी भाषा', ['हिन्दी', 'भाषा']],
    ['  !?* ', []],
  ])('splits %j', (value, expected) => {
    expect(tokens(value)).toEqual(expected)
  })

  it('gives words in order, each where it stands, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
        let last = 0
        for (const { token, start, end } of splitWords(value)) {
          expect(token.length).toBeGreaterThan(0)
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeGreaterThanOrEqual(last)
          expect(token).not.toMatch(/\s/)
          last = start
        }
      }),
    )
  })

  it('takes a megabyte without a word break, and cuts the word', () => {
    expect(tokens('a'.repeat(1_000_000))).toEqual(['a'.repeat(64)])
  })
})

describe('fold', () => {
  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(fold(fold(value))).toBe(fold(value))
      }),
    )
  })
})

describe('stems and stop words (seed-requirement 115)', () => {
  it.each([
    ['english', 'machines', 'machine'],
    ['german', 'maschinen', 'maschine'],
    ['french', 'chaussures', 'chaussure'],
    ['spanish', 'zapatos', 'zapato'],
    ['italian', 'scarpe', 'scarpa'],
    ['dutch', 'schoenen', 'schoen'],
    ['swedish', 'bilarna', 'bilar'],
  ] as const)('bring %s inflections together', (language, one, other) => {
    expect(stemOf(one, language)).toBe(stemOf(other, language))
  })

  it('leave words with digits and the language none alone', () => {
    expect([stemOf('runs2', 'english'), stemOf('machines', 'none')]).toEqual(['runs2', 'machines'])
  })

  it('index both the word and its stem', () => {
    expect(indexTokens('Red shoes', 'english')).toEqual(['red', 'shoes', 'shoe'])
  })

  it('drop words without meaning, but not all words of a query', () => {
    expect(withoutStopWords(splitWords('the lamp for a desk'), 'english').map(({ token }) => token)).toEqual(['lamp', 'desk'])
    expect(withoutStopWords(splitWords('to be'), 'english').map(({ token }) => token)).toEqual(['to', 'be'])
  })
})

describe('highlight', () => {
  it('parts a text that joins to the same text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const terms = { tokens: new Set(tokens(value).slice(0, 2)), prefixes: ['a'] }
        expect(
          highlight(value, 'none', terms)
            .map(({ text }) => text)
            .join(''),
        ).toBe(value)
      }),
    )
  })
})
