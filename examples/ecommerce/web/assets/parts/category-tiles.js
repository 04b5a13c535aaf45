import { el } from '../dom.js'
import { picture } from './picture.js'

/** Any brand gives a palette: these give tiles that differ. */
const palettes = ['Kelvara', 'Sonaré', 'Pomarro', 'Björkvik', 'Skarvik', 'Norrvind', 'Papagaj', 'Grünspan', 'Papelón', 'Lumitra', 'Orlogia']

/**
 * The categories as a row of pictures.
 * @param {readonly { name: string, count: number }[]} categories
 */
export function categoryTiles(categories) {
  if (categories.length === 0) return undefined
  return el(
    'ul',
    { class: 'tiles', 'aria-label': 'Categories' },
    categories.map(({ name, count }, at) =>
      el(
        'li',
        {},
        el(
          'a',
          { class: 'tile', href: `#/?${new URLSearchParams({ category: name })}` },
          picture({ id: tileId(at), name, category: name, brand: palettes[at % palettes.length] ?? '' }),
          el('span', { class: 'tile-name' }, name),
          el('span', { class: 'tile-count' }, `${count} products`),
        ),
      ),
    ),
  )
}

/** @param {number} at */
function tileId(at) {
  return `00000000-0000-8000-8000-${String(at).padStart(12, '0')}`
}
