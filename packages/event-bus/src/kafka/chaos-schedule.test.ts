import { describe, expect, it } from 'vitest'
import { chaosSchedule } from './chaos-schedule.ts'
import type { ChaosOptions, ChaosStep } from './chaos-schedule.ts'

const options = (seed: number): ChaosOptions => ({ seed, seconds: 120, brokers: ['one', 'two', 'three'], members: 5, sessionTimeoutMs: 6_000 })
const seeds = Array.from({ length: 200 }, (_, seed) => seed)
type MemberStep = Extract<ChaosStep, { member: string }>

/** The members that run and those that are frozen, after each step about members. */
function populations(steps: readonly ChaosStep[]) {
  const running = new Set<string>()
  const frozen = new Set<string>()
  return steps
    .filter((step): step is MemberStep => 'member' in step)
    .map((step) => {
      const expected = step.what === 'join' ? !running.has(step.member) && !frozen.has(step.member) : (step.what === 'thaw' ? frozen : running).has(step.member)
      running.delete(step.member)
      frozen.delete(step.member)
      if (step.what === 'join' || step.what === 'thaw') running.add(step.member)
      if (step.what === 'freeze') frozen.add(step.member)
      return { step, expected, running: running.size, frozen: frozen.size }
    })
}

describe('chaosSchedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(chaosSchedule(options(7))).toEqual(chaosSchedule(options(7)))
    expect(chaosSchedule(options(7))).not.toEqual(chaosSchedule(options(8)))
  })

  it('does to members only what can be done to them, and leaves some that run', () => {
    for (const seed of seeds) {
      const found = populations(chaosSchedule(options(seed)))
      for (const { step, expected, running, frozen } of found) {
        expect({ seed, step, expected }).toEqual({ seed, step, expected: true })
        expect(running + frozen, `seed ${seed}`).toBeLessThanOrEqual(5)
      }
      const last = found.at(-1)
      expect(last?.running).toBeGreaterThan(0)
      expect(last?.frozen).toBe(0)
    }
  })

  it('harms one broker at a time, and heals it', () => {
    for (const seed of seeds) {
      let away: string | undefined
      for (const step of chaosSchedule(options(seed))) {
        if (!('broker' in step)) continue
        const isHarm = step.what === 'broker-kill' || step.what === 'broker-freeze'
        expect(isHarm ? away : step.broker).toBe(isHarm ? undefined : away)
        away = isHarm ? step.broker : undefined
      }
      expect(away).toBeUndefined()
    }
  })

  it('keeps who is frozen so for longer than the session, in most cases', () => {
    const steps = chaosSchedule(options(1))
    const frozenMs = steps
      .filter((step): step is MemberStep => step.what === 'freeze')
      .map(
        ({ member, atMs }) => (steps.find((step) => step.what === 'thaw' && 'member' in step && step.member === member && step.atMs > atMs)?.atMs ?? 0) - atMs,
      )
    expect(frozenMs.length).toBeGreaterThan(2)
    expect(frozenMs.slice(0, -1).every((ms) => ms > 6_000)).toBe(true)
  })
})
