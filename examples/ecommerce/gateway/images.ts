import { productImage } from '../catalogue/index.ts'

const path = /^\/images\/([0-9a-f-]{36})\.svg$/
const short = (text: string | null): string => (text ?? '').slice(0, 100)

/** Draws the pictures of products: no photo is stored or downloaded. The same address gives the same picture for ever. */
export function createImages(): (url: URL) => Response | undefined {
  return (url) => {
    const id = path.exec(url.pathname)?.[1]
    if (id === undefined) return undefined
    const { searchParams: query } = url
    const image = productImage({ id, category: short(query.get('category')), brand: short(query.get('brand')), name: short(query.get('name')) })
    return new Response(image, {
      headers: {
        'content-type': 'image/svg+xml',
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      },
    })
  }
}
