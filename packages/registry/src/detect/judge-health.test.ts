import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { healthPolicyDefaults as policy, resolveHealthPolicy } from './health-policy.ts'
import { firstEvidence, judgeHealth, needsProbe } from './judge-health.ts'
import type { Circumstances, Evidence, FailureKind, HealthEvent, ProbeOutcome } from './judge-health.ts'

const calm: Circumstances = { policy, atMs: 0, mayEject: true, probing: true }
const beat: HealthEvent = { type: 'beat' }
const silence = (beats: number, excused = 0): HealthEvent => ({ type: 'silence', beats, excused })
const report = (failure?: FailureKind): HealthEvent => ({ type: 'report', failure })
const probe = (outcome: ProbeOutcome): HealthEvent => ({ type: 'probe', outcome })
const after = (start: Evidence, events: readonly HealthEvent[], circumstances: Partial<Circumstances> = {}) =>
  events.reduce((evidence, event) => judgeHealth(evidence, event, { ...calm, ...circumstances }), start)
const healthy = firstEvidence(true)

describe('judgeHealth', () => {
  it('trusts a newcomer that registers under our eyes at once (seed-requirement 15)', () => {
    expect(healthy).toMatchObject({ health: 'healthy', cause: undefined })
  })

  it('holds a record that was there before as unproven, until one beat or good probes (seed-requirement 15)', () => {
    const found = firstEvidence(false)
    expect(found).toMatchObject({ health: 'suspect', cause: 'unproven' })
    expect(after(found, [beat]).health).toBe('healthy')
    expect(after(found, [probe('connected')]).health).toBe('suspect')
    expect(after(found, [probe('connected'), probe('connected')]).health).toBe('healthy')
    expect(after(found, [probe('refused')])).toMatchObject({ health: 'unreachable', cause: 'probe-failed' })
  })

  it('suspects and gives up a silent instance by its own beats', () => {
    expect(after(healthy, [silence(2.4)]).health).toBe('healthy')
    expect(after(healthy, [silence(2.5)])).toMatchObject({ health: 'suspect', cause: 'silent' })
    expect(after(healthy, [silence(2.5), silence(4)])).toMatchObject({ health: 'unreachable', cause: 'silent' })
  })

  it('takes one beat to clear a suspicion of silence, and two beats to come back from being given up', () => {
    expect(after(healthy, [silence(3), beat]).health).toBe('healthy')
    const lost = after(healthy, [silence(4)])
    expect(after(lost, [beat])).toMatchObject({ health: 'suspect', cause: 'unproven' })
    expect(after(lost, [beat, beat]).health).toBe('healthy')
    expect(after(lost, [beat, probe('answered'), probe('answered')]).health).toBe('healthy')
  })

  it('keeps a silent instance whose health endpoint answers: its store is away, not it', () => {
    const vouched = after(healthy, [silence(3), probe('answered'), probe('answered'), silence(60)])
    expect(vouched.health).toBe('healthy')
    expect(needsProbe(vouched, policy)).toBe(true)
    expect(after(vouched, [probe('timeout')]).health).toBe('unreachable')
  })

  it('does not let an open port speak for a silent instance: a stopped process accepts, too', () => {
    const hung = after(healthy, [silence(3), probe('connected'), probe('connected'), probe('connected')])
    expect(hung).toMatchObject({ health: 'suspect', cause: 'silent' })
    expect(after(hung, [silence(4)]).health).toBe('unreachable')
    expect(after(hung, [silence(4), probe('connected'), probe('connected')]).health).toBe('unreachable')
  })

  it('convicts nobody by silence alone while most are silent, but by failed probes', () => {
    expect(after(healthy, [silence(50, 50)])).toMatchObject({ health: 'suspect', cause: 'silent' })
    expect(after(healthy, [silence(50, 50), probe('timeout'), probe('timeout')]).health).toBe('unreachable')
    expect(after(healthy, [silence(50), silence(51, 51)]).health).toBe('unreachable')
  })

  it('gives everybody the whole time for a beat once most are back', () => {
    expect(after(healthy, [silence(50, 50), silence(53.9, 50)])).toMatchObject({ health: 'suspect', cause: 'silent' })
    expect(after(healthy, [silence(50, 50), silence(54, 50)])).toMatchObject({ health: 'unreachable', cause: 'silent' })
    expect(after(healthy, [silence(50, 50), silence(51, 50), beat]).health).toBe('healthy')
    expect(after(healthy, [silence(50, 50), beat, silence(4)]).health).toBe('unreachable')
  })

  it('ejects after three failures in a row, and at once when the connection is refused', () => {
    expect(after(healthy, [report('timeout'), report('error')]).health).toBe('healthy')
    expect(after(healthy, [report('timeout'), report(), report('error'), report('reset')]).health).toBe('healthy')
    expect(after(healthy, [report('timeout'), report('error'), report('reset')])).toMatchObject({ health: 'suspect', cause: 'reported' })
    expect(after(healthy, [report('refused')])).toMatchObject({ health: 'suspect', cause: 'reported' })
  })

  it('confirms a refused connection with one refused probe', () => {
    expect(after(healthy, [report('refused'), probe('refused')])).toMatchObject({ health: 'unreachable', cause: 'probe-failed' })
  })

  it('ejects for twice as long each time, and takes back only after time and good probes', () => {
    const ejected = after(healthy, [report('refused')], { atMs: 0 })
    const probed = after(ejected, [probe('answered'), probe('answered')], { atMs: 999 })
    expect(probed.health).toBe('suspect')
    expect(after(ejected, [{ type: 'time' }], { atMs: 60_000 }).health).toBe('suspect')
    const back = after(probed, [{ type: 'time' }], { atMs: 1_000 })
    expect(back.health).toBe('healthy')
    expect(after(back, [report('refused')], { atMs: 1_001 }).ejectedUntilMs).toBe(3_001)
    expect(after(back, [report('refused')], { atMs: 100_000 }).ejectedUntilMs).toBe(101_000)
  })

  it('ends an ejection by time alone when no probes run', () => {
    const ejected = after(healthy, [report('refused')], { atMs: 0, probing: false })
    expect(after(ejected, [{ type: 'time' }], { atMs: 1_000, probing: false }).health).toBe('healthy')
  })

  it('keeps an instance in when the cap has no room, but asks for a probe', () => {
    const kept = after(healthy, [report('refused')], { mayEject: false })
    expect(kept.health).toBe('healthy')
    expect(needsProbe(kept, policy)).toBe(true)
    expect(after(kept, [probe('refused')], { mayEject: false }).health).toBe('unreachable')
    expect(needsProbe(after(kept, [probe('answered'), probe('answered')]), policy)).toBe(false)
  })

  it('gives up an instance for as long as a living newer process holds its address (seed-requirement 12)', () => {
    const superseded = after(healthy, [{ type: 'address', superseded: true }])
    expect(superseded).toMatchObject({ health: 'unreachable', cause: 'superseded' })
    expect(after(superseded, [beat, beat, probe('answered'), probe('answered')])).toMatchObject({ health: 'unreachable', cause: 'superseded' })
    expect(needsProbe(superseded, policy)).toBe(false)
    const released = after(superseded, [{ type: 'address', superseded: false }])
    expect(released).toMatchObject({ health: 'suspect', cause: 'unproven' })
    expect(after(released, [beat, beat]).health).toBe('healthy')
  })

  it('comes back to healthy from any history, once beats and probes are good and time passes', () => {
    const event = fc.oneof<fc.Arbitrary<HealthEvent>[]>(
      fc.constant(beat),
      fc.tuple(fc.double({ min: 0, max: 60, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })).map(([beats, share]) => silence(beats, beats * share)),
      fc.constantFrom(undefined, 'refused', 'timeout', 'reset', 'error').map((kind) => report(kind)),
      fc.constantFrom<ProbeOutcome>('answered', 'connected', 'refused', 'timeout', 'failed').map(probe),
      fc.constant<HealthEvent>({ type: 'time' }),
    )
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.tuple(event, fc.boolean())), (watched, history) => {
        let evidence = firstEvidence(watched)
        history.forEach(([happened, mayEject], atMs) => {
          evidence = judgeHealth(evidence, happened, { ...calm, atMs, mayEject })
          expect((evidence.cause === undefined) === (evidence.health === 'healthy')).toBe(true)
        })
        expect(after(evidence, [beat, beat, probe('answered'), probe('answered')], { atMs: 1_000_000 }).health).toBe('healthy')
      }),
    )
  })
})

describe('resolveHealthPolicy', () => {
  it('refuses what cannot work', () => {
    expect(() => resolveHealthPolicy({ maxEjectedShare: 2 })).toThrow("option 'maxEjectedShare'")
    expect(() => resolveHealthPolicy({ suspectAfterBeats: 1 })).toThrow('jittered')
    expect(() => resolveHealthPolicy({ unreachableAfterBeats: 2 })).toThrow("at least 'suspectAfterBeats'")
    expect(() => resolveHealthPolicy({ probesToFail: 0 })).toThrow("option 'probesToFail'")
  })
})
