const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether a text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return pattern.test(text)
}

/** The version digit of a UUID. */
export function uuidVersion(text: string): string {
  return text.charAt(14)
}

/**
 * 32 hexadecimal digits that sort as Cassandra sorts `uuid`: by version, then by time for version 1, by bytes for every other.
 * The version digit comes first, so nothing is lost: {@link uuidFromSortable} turns it back.
 */
export function sortableUuid(uuid: string): string {
  const [low = '', mid = '', high = '', sequence = '', node = ''] = uuid.split('-')
  if (high.startsWith('1')) return `${high}${mid}${low}${sequence}${node}`
  return `${high.charAt(0)}${low}${mid}${high.slice(1)}${sequence}${node}`
}

/** The UUID of a {@link sortableUuid}. */
export function uuidFromSortable(hex: string): string {
  const rest = `${hex.slice(16, 20)}-${hex.slice(20)}`
  if (hex.startsWith('1')) return `${hex.slice(8, 16)}-${hex.slice(4, 8)}-${hex.slice(0, 4)}-${rest}`
  return `${hex.slice(1, 9)}-${hex.slice(9, 13)}-${hex.charAt(0)}${hex.slice(13, 16)}-${rest}`
}

/**
 * 32 hexadecimal digits that sort as Cassandra sorts `timeuuid`: by time, then by the remaining bytes, each as a signed byte.
 * {@link timeuuidFromSortable} turns it back.
 */
export function sortableTimeuuid(uuid: string): string {
  const sortable = sortableUuid(uuid)
  return sortable.slice(0, 16) + flipSigns(sortable.slice(16))
}

/** The UUID of a {@link sortableTimeuuid}. */
export function timeuuidFromSortable(hex: string): string {
  return uuidFromSortable(hex.slice(0, 16) + flipSigns(hex.slice(16)))
}

function flipSigns(hex: string): string {
  return (BigInt(`0x${hex}`) ^ 0x8080808080808080n).toString(16).padStart(16, '0')
}
