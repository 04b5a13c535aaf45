import type { ProcessRecord } from '../record/process-record.ts'

/** What a reader remembers of one process. */
export interface ProcessTrack {
  readonly record: ProcessRecord
  /** Time without progress of the sequence, in milliseconds that this reader really observed. */
  readonly silentMs: number
  /** How much of {@link silentMs} accuses nobody, because most were silent then. */
  readonly excusedMs: number
  /** Whether the last look saw the sequence move on, or the record for the first time. */
  readonly progressed: boolean
  /** Whether the last look did not find the record any more. */
  readonly absent: boolean
  /** Whether the record appeared while this reader was watching. */
  readonly watched: boolean
}

/** What a reader remembers, by process id. */
export type ProcessTracks = ReadonlyMap<string, ProcessTrack>

/**
 * Compares what was read with what was known. Pure.
 *
 * Only the sequence is looked at, and time is the reader's own `creditMs`: no clock of a writer takes part, so skew can evict nobody.
 * A record that has vanished stays, silent, until somebody judges it dead: an empty read alone removes nothing.
 *
 * @param before - `undefined` at the first look: then nothing counts as watched
 */
export function observeRecords(before: ProcessTracks | undefined, records: readonly ProcessRecord[], creditMs: number): ProcessTracks {
  const after = new Map<string, ProcessTrack>()
  for (const record of records) {
    const known = before?.get(record.processId)
    after.set(record.processId, known === undefined ? firstTrack(record, before !== undefined) : nextTrack(known, record, creditMs))
  }
  for (const [processId, track] of before ?? []) {
    if (!after.has(processId)) after.set(processId, { ...track, progressed: false, absent: true, silentMs: track.silentMs + creditMs })
  }
  return after
}

/**
 * How much of the time since the last good look counts as observed, in milliseconds. Pure.
 * A look that comes late (the store was away, or this process stood still) counts at most two intervals: who did not look cannot accuse.
 */
export function observedMs(sinceLastMs: number, everyMs: number): number {
  return Math.max(0, Math.min(sinceLastMs, 2 * everyMs))
}

/** Whether more than half of at least two processes are silent for `beats` of their own: then the store is the likelier culprit. */
export function isMassSilence(tracks: ProcessTracks, beats: number): boolean {
  let silent = 0
  for (const track of tracks.values()) if (track.silentMs >= beats * track.record.beatEveryMs) silent++
  return silent > 1 && silent * 2 > tracks.size
}

/** What is remembered at the end of a look that found most processes silent: the silence until now counts against none of them. Pure. */
export function excuseSilence(tracks: ProcessTracks): ProcessTracks {
  return new Map([...tracks].map(([processId, track]) => [processId, { ...track, excusedMs: track.silentMs }]))
}

function firstTrack(record: ProcessRecord, watched: boolean): ProcessTrack {
  return { record, silentMs: 0, excusedMs: 0, progressed: true, absent: false, watched }
}

function nextTrack(known: ProcessTrack, record: ProcessRecord, creditMs: number): ProcessTrack {
  if (record.sequence > known.record.sequence) return { ...known, record, silentMs: 0, excusedMs: 0, progressed: true, absent: false }
  // An equal sequence is no progress; a lower one is an older copy of the record and tells nothing new.
  return { ...known, silentMs: known.silentMs + creditMs, progressed: false, absent: false }
}
