import type { SessionBeat } from '../log/saga-log.ts'

/** What an observer remembers of a session: the last beat, and when it saw that beat first, on its own monotonic clock. */
export interface Sighting {
  readonly beat: number
  readonly seenAt: number
}

/** What an observer makes of the life signs. */
export interface Judgement {
  readonly sightings: ReadonlyMap<string, Sighting>
  /** Sessions that are gone, and whose sagas are free to take. */
  readonly gone: readonly SessionBeat[]
}

/**
 * Judges sessions by progress alone: a session is gone when it left, or when its beat has not moved for a whole lease on the observer's own
 * monotonic clock. No wall clock is compared with another. Pure.
 */
export function judgeSessions(before: ReadonlyMap<string, Sighting>, signs: readonly SessionBeat[], self: string, now: number, leaseMs: number): Judgement {
  const sightings = new Map<string, Sighting>()
  const gone: SessionBeat[] = []
  for (const sign of signs) {
    if (sign.session === self || sign.state === 'recovered') continue
    const last = before.get(sign.session)
    const sighting = last?.beat === sign.beat ? last : { beat: sign.beat, seenAt: now }
    sightings.set(sign.session, sighting)
    if (sign.state === 'left' || now - sighting.seenAt >= leaseMs) gone.push(sign)
  }
  return { sightings, gone }
}
