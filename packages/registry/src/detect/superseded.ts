import type { Endpoint } from '../view/endpoint.ts'

/**
 * The endpoints whose address a newer, living process holds: what a killed process left behind when its successor took the same port.
 * Of one address only the process with the highest incarnation remains; on a tie, the later id.
 */
export function supersededEndpoints(endpoints: readonly Endpoint[]): ReadonlySet<Endpoint> {
  const holders = new Map<string, Endpoint>()
  for (const endpoint of endpoints) {
    if (!mayHold(endpoint)) continue
    const holder = holders.get(endpoint.instance.url)
    if (holder === undefined || isNewer(endpoint, holder)) holders.set(endpoint.instance.url, endpoint)
  }
  const superseded = endpoints.filter((endpoint) => {
    const holder = holders.get(endpoint.instance.url)
    return holder !== undefined && holder.processId !== endpoint.processId && isNewer(holder, endpoint)
  })
  return new Set(superseded)
}

function mayHold(endpoint: Endpoint): boolean {
  return endpoint.status !== 'left' && (endpoint.health !== 'unreachable' || endpoint.cause === 'superseded')
}

function isNewer(one: Endpoint, other: Endpoint): boolean {
  const { incarnation, id } = one.instance
  return incarnation > other.instance.incarnation || (incarnation === other.instance.incarnation && id > other.instance.id)
}
