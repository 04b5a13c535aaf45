import { el } from './dom.js'

/** ISO 3166 codes of the countries that the shop pretends to deliver to. */
const codes = 'AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK TR UA US CA AU NZ JP KR BR IN ZA'.split(' ')

/**
 * The options of a country field, by name.
 * @param {string} chosen
 */
export function countryOptions(chosen) {
  const names = new Intl.DisplayNames(['en'], { type: 'region' })
  return codes
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map(({ code, name }) => el('option', { value: code, selected: code === chosen }, name))
}
