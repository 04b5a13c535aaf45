import { stableHash } from './stable-hash.ts'

/** The colours of a brand. */
export interface Palette {
  /** The upper and the lower end of the background. */
  readonly sky: string
  readonly ground: string
  /** The thing itself, its darker and lighter parts, and one contrasting mark. */
  readonly main: string
  readonly dark: string
  readonly light: string
  readonly accent: string
}

/** Colours that go together, one set a brand. */
export function paletteOf(brand: string): Palette {
  const hue = stableHash(brand) % 360
  const other = (hue + 150 + (stableHash(brand, 2) % 60)) % 360
  return {
    sky: `hsl(${hue} 46% 93%)`,
    ground: `hsl(${(hue + 24) % 360} 40% 82%)`,
    main: `hsl(${hue} 42% 52%)`,
    dark: `hsl(${hue} 38% 30%)`,
    light: `hsl(${hue} 55% 86%)`,
    accent: `hsl(${other} 68% 58%)`,
  }
}
