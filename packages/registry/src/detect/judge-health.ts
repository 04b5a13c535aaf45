import type { Health, HealthCause } from '../record/instance.ts'
import type { HealthPolicy } from './health-policy.ts'

/** How a call to an instance went wrong. */
export type FailureKind =
  /** Nobody listens. */
  | 'refused'
  /** It accepted, or not even that, and then said nothing in time. */
  | 'timeout'
  /** The connection broke. */
  | 'reset'
  /** It answered that it cannot. */
  | 'error'

/**
 * What a probe found: `answered` well on its health endpoint, merely `connected` (a hung process still accepts connections),
 * was `refused`, ran into its `timeout`, or `failed` with an answer that is none.
 */
export type ProbeOutcome = 'answered' | 'connected' | 'refused' | 'timeout' | 'failed'

/** What this observer knows of one instance. Plain data; {@link judgeHealth} makes the next from the last. */
export interface Evidence {
  readonly health: Health
  readonly cause: HealthCause | undefined
  /** Whether it has shown under our eyes that it lives. */
  readonly proven: boolean
  /** Beats still wanted before it counts as proven. */
  readonly beatsWanted: number
  /** Time without progress, in its own beats. */
  readonly silentBeats: number
  /** How many of {@link silentBeats} passed while most processes were silent: then the store is the likelier culprit, and silence alone convicts nobody. */
  readonly excusedBeats: number
  /** Failed reports in a row. */
  readonly failures: number
  /** Ejections so far; each is twice as long as the one before. */
  readonly ejections: number
  /** Until when it is ejected by reports, in monotonic milliseconds. */
  readonly ejectedUntilMs: number | undefined
  /** Since when it is free of ejections, in monotonic milliseconds. */
  readonly calmSinceMs: number
  /** Reported often enough, but the cap on ejections kept it in: a probe has to tell. */
  readonly doubted: boolean
  readonly probesPassed: number
  readonly probesFailed: number
  /** A newer process holds its address. */
  readonly superseded: boolean
  /** Its health endpoint answers, which speaks for it while its beats do not come. */
  readonly vouched: boolean
}

/** What happened. */
export type HealthEvent =
  | { readonly type: 'beat' }
  | { readonly type: 'silence'; readonly beats: number; readonly excused: number }
  | { readonly type: 'report'; readonly failure: FailureKind | undefined }
  | { readonly type: 'probe'; readonly outcome: ProbeOutcome }
  | { readonly type: 'address'; readonly superseded: boolean }
  | { readonly type: 'time' }

/** What the judgement depends on besides the instance itself. */
export interface Circumstances {
  readonly policy: HealthPolicy
  /** Monotonic milliseconds. */
  readonly atMs: number
  /** Whether the cap leaves room for one more ejection by reports. */
  readonly mayEject: boolean
  /** Whether probes run; without them an ejection ends by time alone. */
  readonly probing: boolean
}

/** The first evidence of an instance: trusted when its record appeared while we watched, unproven when it was there before. */
export function firstEvidence(watched: boolean): Evidence {
  return {
    health: watched ? 'healthy' : 'suspect',
    cause: watched ? undefined : 'unproven',
    proven: watched,
    beatsWanted: watched ? 0 : 1,
    silentBeats: 0,
    excusedBeats: 0,
    failures: 0,
    ejections: 0,
    ejectedUntilMs: undefined,
    calmSinceMs: 0,
    doubted: false,
    probesPassed: 0,
    probesFailed: 0,
    superseded: false,
    vouched: false,
  }
}

/**
 * The evidence after an event. Pure, and the same object when nothing changed.
 *
 * States: healthy → suspect → unreachable → (proof) → healthy. Silence and reports suspect; only a failed probe or long silence gives up;
 * coming back takes good probes or beats in a row, so that no single event makes an instance flap.
 */
export function judgeHealth(before: Evidence, event: HealthEvent, circumstances: Circumstances): Evidence {
  const noted = note(before, event, circumstances)
  const released = release(noted, circumstances)
  return withVerdict(released, circumstances)
}

/** Whether a probe could change the judgement. */
export function needsProbe(evidence: Evidence, policy: HealthPolicy): boolean {
  if (evidence.superseded) return false
  return evidence.health !== 'healthy' || evidence.doubted || evidence.silentBeats >= policy.suspectAfterBeats
}

function note(before: Evidence, event: HealthEvent, circumstances: Circumstances): Evidence {
  switch (event.type) {
    case 'beat':
      return noteBeat(before)
    case 'silence':
      return noteSilence(before, event.beats, event.excused)
    case 'report':
      return event.failure === undefined ? noteSuccess(before) : noteFailure(before, event.failure, circumstances)
    case 'probe':
      return noteProbe(before, event.outcome, circumstances.policy)
    case 'address':
      return before.superseded === event.superseded ? before : { ...before, superseded: event.superseded }
    case 'time':
      return before
  }
}

function noteBeat(before: Evidence): Evidence {
  if (before.proven) return before.silentBeats === 0 && !before.vouched ? before : { ...before, silentBeats: 0, excusedBeats: 0, vouched: false }
  const beatsWanted = Math.max(0, before.beatsWanted - 1)
  return { ...before, silentBeats: 0, excusedBeats: 0, vouched: false, beatsWanted, proven: beatsWanted === 0 }
}

function noteSilence(before: Evidence, silentBeats: number, excusedBeats: number): Evidence {
  return before.silentBeats === silentBeats && before.excusedBeats === excusedBeats ? before : { ...before, silentBeats, excusedBeats }
}

function noteSuccess(before: Evidence): Evidence {
  // An answer is the best proof of life; but who was given up or ejected comes back by its probes and beats.
  const proves = before.cause === 'unproven' && before.beatsWanted <= 1
  if (before.failures === 0 && !before.doubted && !proves) return before
  return { ...before, failures: 0, doubted: false, proven: before.proven || proves }
}

function noteFailure(before: Evidence, kind: FailureKind, { policy, atMs, mayEject }: Circumstances): Evidence {
  if (before.ejectedUntilMs !== undefined) return before
  const failures = kind === 'refused' ? Math.max(policy.failuresToEject, before.failures + 1) : before.failures + 1
  if (failures < policy.failuresToEject) return { ...before, failures }
  if (!mayEject) return { ...before, failures, doubted: true, probesPassed: 0 }
  // Long good conduct wins back short ejections.
  const ejections = atMs - before.calmSinceMs > policy.maxEjectMs ? 1 : before.ejections + 1
  const lastsMs = Math.min(policy.maxEjectMs, policy.ejectMs * 2 ** (ejections - 1))
  return { ...before, failures, ejections, ejectedUntilMs: atMs + lastsMs, doubted: false, probesPassed: 0 }
}

function noteProbe(before: Evidence, outcome: ProbeOutcome, policy: HealthPolicy): Evidence {
  if (outcome === 'answered' || outcome === 'connected') return notePassedProbe(before, outcome === 'answered', policy)
  const probesFailed = outcome === 'refused' ? Math.max(policy.probesToFail, before.probesFailed + 1) : before.probesFailed + 1
  return { ...before, probesFailed, probesPassed: 0, vouched: false }
}

function notePassedProbe(before: Evidence, answered: boolean, policy: HealthPolicy): Evidence {
  const probesPassed = before.probesPassed + 1
  const enough = probesPassed >= policy.probesToRecover
  // An open port proves little while the beats are missing: the kernel accepts for a hung process, too.
  const proves = enough && (answered || before.silentBeats < policy.suspectAfterBeats)
  return {
    ...before,
    probesPassed,
    probesFailed: enough ? 0 : before.probesFailed,
    proven: before.proven || proves,
    vouched: before.vouched || (enough && answered),
    doubted: before.doubted && !enough,
    failures: enough && before.doubted ? 0 : before.failures,
  }
}

/** Ends an ejection whose time is up, once probes speak for the instance. */
function release(evidence: Evidence, { policy, atMs, probing }: Circumstances): Evidence {
  if (evidence.ejectedUntilMs === undefined) return evidence
  const due = atMs >= evidence.ejectedUntilMs && (!probing || evidence.probesPassed >= policy.probesToRecover)
  return due ? { ...evidence, ejectedUntilMs: undefined, calmSinceMs: atMs, failures: 0 } : evidence
}

function withVerdict(evidence: Evidence, circumstances: Circumstances): Evidence {
  const [health, cause] = verdict(evidence, circumstances)
  if (health === evidence.health && cause === evidence.cause) return evidence
  // Who was given up has to prove itself again.
  const fallen = health === 'unreachable' && evidence.health !== 'unreachable'
  return fallen ? { ...evidence, health, cause, proven: false, beatsWanted: 2, probesPassed: 0, vouched: false } : { ...evidence, health, cause }
}

function verdict(evidence: Evidence, { policy }: Circumstances): readonly [Health, HealthCause | undefined] {
  const silent = !evidence.vouched && evidence.silentBeats >= policy.suspectAfterBeats
  // Who was given up before most fell silent stays so; the others have, once most are back, the whole time for their own next beat.
  const countedBeats = evidence.health === 'unreachable' ? evidence.silentBeats : evidence.silentBeats - evidence.excusedBeats
  const convicted = silent && countedBeats >= policy.unreachableAfterBeats
  if (evidence.superseded) return ['unreachable', 'superseded']
  if (evidence.probesFailed >= policy.probesToFail) return ['unreachable', 'probe-failed']
  if (convicted) return ['unreachable', 'silent']
  if (silent) return ['suspect', 'silent']
  if (evidence.ejectedUntilMs !== undefined) return ['suspect', 'reported']
  if (!evidence.proven) return ['suspect', 'unproven']
  return ['healthy', undefined]
}
