import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from '@hanse/core/testing'
import { describe, expect, it } from 'vitest'
import { isAlive, isStopped, markProcess, signalProcess } from './process-mark.ts'

describe('markProcess', () => {
  it('knows a process again, and no other in its place', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const mark = await markProcess(child.pid ?? 0)
    if (mark === undefined) throw new Error('the process runs')
    expect(await isAlive(mark)).toBe(true)
    expect(await signalProcess({ ...mark, startedAt: 'another time' }, 'SIGKILL')).toBe(false)
    expect(await isAlive(mark)).toBe(true)
    expect(await isStopped(mark)).toBe(false)
    await signalProcess(mark, 'SIGSTOP')
    await eventually(async () => expect(await isStopped(mark)).toBe(true))
    expect(await isAlive(mark)).toBe(true)
    await signalProcess(mark, 'SIGCONT')
    await eventually(async () => expect(await isStopped(mark)).toBe(false))
    expect(await signalProcess(mark, 'SIGKILL')).toBe(true)
    await once(child, 'exit')
    expect(await isAlive(mark)).toBe(false)
    expect(await signalProcess(mark, 'SIGKILL')).toBe(false)
  })
})
