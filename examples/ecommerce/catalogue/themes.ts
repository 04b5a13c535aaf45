import type { Theme } from './theme.ts'
import { cameras, headphones, laptops } from './themes/computing.ts'
import { cookware, kitchen } from './themes/kitchen.ts'
import { bedding, furniture, lighting } from './themes/living.ts'
import { cycling, fitness, outdoor } from './themes/outside.ts'
import { garden, stationery, toys } from './themes/leisure.ts'
import { monitors, phones, televisions } from './themes/screens.ts'
import { bags, clothing, shoes, watches } from './themes/wear.ts'

/** Every category of the shop. */
export const themes: readonly Theme[] = [
  laptops,
  phones,
  monitors,
  televisions,
  headphones,
  cameras,
  kitchen,
  cookware,
  furniture,
  lighting,
  bedding,
  clothing,
  shoes,
  bags,
  watches,
  cycling,
  outdoor,
  fitness,
  toys,
  garden,
  stationery,
]
