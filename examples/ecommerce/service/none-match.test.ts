import { describe, expect, it } from 'vitest'
import { matchesAny } from './none-match.ts'

describe('If-None-Match', () => {
  it.each(['"7"', 'W/"7"', '"6", "7"', 'W/"6",W/"7"', ' "7" ', '*', '"a,b", "7"'])('%s matches version 7', (header) => {
    expect(matchesAny(header, '"7"')).toBe(true)
  })

  it.each([undefined, '', '7', '"17"', 'W/"6", "8"', '"*"'])('%s does not', (header) => {
    expect(matchesAny(header, '"7"')).toBe(false)
  })
})
