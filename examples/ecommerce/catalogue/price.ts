import type { Random } from '@hanse/core'

/** Draws a log-normal price with the given median (in EUR) and rounds it to an amount that a shop would print. */
export function drawPriceCents(median: number, spread: number, random: Random): number {
  return roundPrice(Math.round(median * Math.exp(spread * drawNormal(random)) * 100), random)
}

/** Whole cents as a decimal string with two decimals, without a float on the way. */
export function formatCents(cents: number): string {
  const digits = String(cents).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** Box–Muller, kept within three standard deviations so that no mug costs a fortune. */
function drawNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return Math.max(-3, Math.min(3, radius * Math.cos(2 * Math.PI * random())))
}

function roundPrice(cents: number, random: Random): number {
  const euros = Math.max(1, Math.round(cents / 100))
  const chance = random()
  if (euros >= 300) return (Math.round(euros / 10) * 10 - 1) * 100
  if (euros >= 60) return chance < 0.5 ? euros * 100 - 5 : euros * 100
  return euros * 100 - (chance < 0.55 ? 1 : chance < 0.8 ? 5 : chance < 0.9 ? 51 : 0)
}
