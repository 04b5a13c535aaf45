/** @type {Readonly<Record<string, string>>} */
const paths = {
  basket: 'M4 9h16l-1.6 9.2a2 2 0 0 1-2 1.8H7.600a2 2 0 0 1-2-1.800zM8.5 9l3-5M15.5 9l-3-5',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16.2 16.200L20.5 20.5',
  filter: 'M4 6h16M7 12h10M10 18h4',
  check: 'M5 12.500l4.5 4.500L19 7.5',
  cross: 'M6 6l12 12M18 6L6 18',
  back: 'M9 7L4 12l5 5M4 12h11a5 5 0 0 1 0 10',
  truck: 'M3 6h11v10H3zM14 10h4l3 3v3h-7M7 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM17 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
}

/**
 * A small line drawing; it says nothing to a screen reader, the text beside it does.
 * @param {string} name
 */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(namespace, 'svg')
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', width: '20', height: '20', 'aria-hidden': 'true', class: 'icon' }))
    svg.setAttribute(key, value)
  const path = document.createElementNS(namespace, 'path')
  path.setAttribute('d', paths[name] ?? '')
  svg.append(path)
  return svg
}
