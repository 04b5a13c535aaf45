/**
 * The listed slots with the least distances: at least `wanted` of them where there are as many, and all that lie as near as the last one taken.
 * One counting pass finds how near that is, a second one collects.
 */
export function nearestSlots(distances: Uint16Array, slots: Uint32Array, greatest: number, wanted: number): Uint32Array {
  const counts = new Uint32Array(greatest + 1)
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0
    const distance = distances[slot] ?? 0
    counts[distance] = (counts[distance] ?? 0) + 1
  }
  let within = 0
  let radius = 0
  for (; radius <= greatest; radius++) {
    within += counts[radius] ?? 0
    if (within >= wanted) break
  }
  const nearest = new Uint32Array(Math.min(within, slots.length))
  let next = 0
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0
    if ((distances[slot] ?? 0) <= radius) nearest[next++] = slot
  }
  return nearest
}
