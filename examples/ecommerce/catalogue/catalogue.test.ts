import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { generateCatalogue, productImage } from './index.ts'
import { themes } from './themes.ts'

const catalogue = generateCatalogue()

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}

describe('generateCatalogue', () => {
  it('gives the same catalogue in every run and on every machine (E20)', () => {
    expect(digest(generateCatalogue())).toBe(digest(catalogue))
    expect(digest(catalogue)).toMatchInlineSnapshot(`"0640d63742d68b8c201a1b29d4398e7e1c37865e7b7b936ec90357673e81f2c9"`)
  })

  it('has at least 2,000 products in at least 12 categories of about 60 brands (E20)', () => {
    expect(catalogue.length).toBeGreaterThanOrEqual(2_000)
    expect(new Set(catalogue.map((product) => product.category)).size).toBe(themes.length)
    expect(themes.length).toBeGreaterThanOrEqual(14)
    expect(new Set(catalogue.map((product) => product.brand)).size).toBeGreaterThanOrEqual(60)
  })

  it('starts a longer catalogue with the shorter one, and another seed gives another one', () => {
    expect(generateCatalogue({ count: 50 })).toEqual(catalogue.slice(0, 50))
    const other = generateCatalogue({ count: 50, seed: 2 })
    expect(other.map((product) => product.id)).not.toEqual(catalogue.slice(0, 50).map((product) => product.id))
    expect(generateCatalogue({ count: 0 })).toEqual([])
  })

  it('gives every product an id, a name and a picture of its own', () => {
    expect(new Set(catalogue.map((product) => product.id)).size).toBe(catalogue.length)
    expect(new Set(catalogue.map((product) => product.name)).size).toBe(catalogue.length)
    for (const { id, images } of catalogue) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(images).toEqual([`/images/${id}.svg`])
    }
  })

  it('keeps names unique also where the word lists run short', () => {
    const many = generateCatalogue({ count: 20_000 })
    expect(new Set(many.map((product) => product.name)).size).toBe(many.length)
    expect(new Set(many.map((product) => product.id)).size).toBe(many.length)
  })

  it('prices every product exactly, with a few dear ones above many cheap ones', () => {
    for (const { price, currency } of catalogue) {
      expect(price).toMatch(/^[1-9]\d*\.\d{2}$/)
      expect(currency).toBe('EUR')
    }
    const prices = catalogue.map((product) => Number(product.price)).toSorted((a, b) => a - b)
    const mean = prices.reduce((sum, price) => sum + price, 0) / prices.length
    expect(mean).toBeGreaterThan(1.5 * (prices[prices.length >> 1] ?? 0))
  })

  it('sells out one in twenty and leaves a single unit of one in twenty', () => {
    const share = (stock: number) => catalogue.filter((product) => product.inventory_count === stock).length / catalogue.length
    expect(share(0)).toBe(0.05)
    expect(share(1)).toBe(0.05)
  })

  it('fills every slot and leaves nothing blank', () => {
    expect(JSON.stringify(catalogue)).not.toMatch(/undefined|null|NaN|[{]\w+[}]|""/)
    for (const { tags, attributes } of catalogue) {
      expect(tags.length).toBeGreaterThanOrEqual(3)
      expect(new Set(tags).size).toBe(tags.length)
      expect(Object.keys(attributes).length).toBeGreaterThanOrEqual(3)
    }
  })

  it('describes products in two to four sentences that differ', () => {
    const descriptions = catalogue.map((product) => product.description)
    expect(new Set(descriptions).size / descriptions.length).toBeGreaterThan(0.98)
    for (const text of descriptions) {
      expect(text.length).toBeGreaterThan(60)
      expect(text.length).toBeLessThan(600)
      expect(text).toMatch(/^\p{Lu}.*[.]$/u)
    }
  })

  it('has some very long and some non-ASCII names, all within the limit of 200 characters', () => {
    const names = catalogue.map((product) => product.name)
    expect(names.filter((name) => name.length > 150).length).toBeGreaterThan(20)
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(200)
    expect(names.filter((name) => /[^\p{ASCII}]/u.test(name)).length).toBeGreaterThan(40)
  })

  it('spreads creation over the two years before a fixed day', () => {
    const times = catalogue.map((product) => product.created_at).toSorted()
    expect(times[0]).toMatch(/^2024-1[01]-/)
    expect(times.at(-1)).toMatch(/^2026-10-/)
  })
})

describe('productImage', () => {
  it('draws each product within 3 kB, the same in every run', () => {
    const pictures = catalogue.map(productImage)
    expect(Math.max(...pictures.map((svg) => Buffer.byteLength(svg)))).toBeLessThanOrEqual(3_072)
    expect(new Set(pictures).size).toBe(pictures.length)
    expect(digest(pictures)).toMatchInlineSnapshot(`"cafc432b3735409cbeedd649d6a768f45ca3119347f827254cf45dc0e1c652ab"`)
  })

  it('has a drawing for each category and a parcel for others', () => {
    const draw = (category: string) => productImage({ id: 'x', brand: 'x', name: 'x', category })
    expect(new Set([...themes.map((theme) => theme.category), 'Submarines'].map(draw)).size).toBe(themes.length + 1)
    expect(draw('constructor')).toBe(draw('Submarines'))
  })

  it('escapes what a name may hold', () => {
    const svg = productImage({ id: 'x', brand: 'x"><script>', category: 'Bags', name: '<script>alert(1)</script> & \u0000 co' })
    expect(svg).not.toContain('<script')
    expect(svg).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp;   co')
  })
})
