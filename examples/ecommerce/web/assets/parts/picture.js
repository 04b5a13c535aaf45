import { el } from '../dom.js'

/**
 * The generated picture of a product; its category and brand are part of the address.
 * @param {{ id: string, name: string, category?: string, brand?: string | null, images?: readonly string[] }} product
 * @param {{ alt?: string, eager?: boolean }} [options] an empty `alt` where the name stands beside it
 */
export function picture(product, { alt = '', eager = false } = {}) {
  return el('img', { class: 'picture', src: pictureAddress(product), alt, width: 480, height: 480, loading: eager ? 'eager' : 'lazy', decoding: 'async' })
}

/** @param {{ id: string, category?: string, brand?: string | null, images?: readonly string[] }} product */
function pictureAddress({ id, category = '', brand, images }) {
  const own = images?.[0] ?? `/images/${id}.svg`
  return own.startsWith('/images/') ? `${own}?${new URLSearchParams({ category, brand: brand ?? '' })}` : own
}
