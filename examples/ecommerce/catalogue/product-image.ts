import { paletteOf } from './palette.ts'
import type { Palette } from './palette.ts'
import { shapeOf } from './shapes.ts'
import { stableHash } from './stable-hash.ts'

/** What a picture is drawn from. */
export interface PicturedProduct {
  readonly id: string
  readonly category: string
  readonly brand: string
  readonly name: string
}

/**
 * The picture of a product as an SVG document of 480 × 480 units and at most 3 kB: a shape by category, colours by brand,
 * the light and a few marks by id. The same product always gives the same bytes; an unknown category gives a parcel.
 */
export function productImage(product: PicturedProduct): string {
  const palette = paletteOf(product.brand)
  const own = stableHash(product.id)
  const lean = (own % 13) - 6
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480" width="480" height="480" role="img">',
    `<title>${escapeText(product.name)}</title>`,
    `<defs><linearGradient id="g" gradientTransform="rotate(${30 + (own % 60)} .5 .5)"><stop stop-color="${palette.sky}"/><stop offset="1" stop-color="${palette.ground}"/></linearGradient></defs>`,
    '<rect width="480" height="480" fill="url(#g)"/>',
    backdrop(own, palette),
    '<ellipse cx="240" cy="392" rx="140" ry="14" fill="#000" opacity=".12"/>',
    `<g transform="rotate(${lean} 240 240)" stroke-linejoin="round" stroke-linecap="round">${shapeOf(product.category, palette)}</g>`,
    '</svg>',
  ].join('')
}

function backdrop(own: number, palette: Palette): string {
  const x = 90 + (own % 300)
  const y = 80 + ((own >>> 9) % 120)
  const radius = 60 + ((own >>> 17) % 70)
  const paper = `<circle cx="${x}" cy="${y}" r="${radius}" fill="#fff" opacity=".45"/>`
  return `${paper}<circle cx="${480 - x}" cy="${360 - y / 2}" r="${radius / 2}" fill="${palette.accent}" opacity=".14"/>`
}

function escapeText(text: string): string {
  return text
    .slice(0, 200)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
}
