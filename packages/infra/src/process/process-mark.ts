import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process that we started: its id alone may be given to another process after it ended, the mark tells them apart. */
export interface ProcessMark {
  readonly pid: number
  /** When the process started, as the system tells it; opaque. */
  readonly startedAt: string
}

const run = promisify(execFile)

/** The mark of a running process; undefined when there is none, or only its remains. */
export async function markProcess(pid: number): Promise<ProcessMark | undefined> {
  const startedAt = process.platform === 'linux' ? (await statOnLinux(pid))?.startedAt : await psField(pid, 'lstart')
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** Whether the very process of the mark still runs. */
export async function isAlive(mark: ProcessMark): Promise<boolean> {
  return (await markProcess(mark.pid))?.startedAt === mark.startedAt
}

/** Whether the very process of the mark is stopped (SIGSTOP): it is there, and does nothing. */
export async function isStopped(mark: ProcessMark): Promise<boolean> {
  if (!(await isAlive(mark))) return false
  const state = process.platform === 'linux' ? (await statOnLinux(mark.pid))?.state : await psField(mark.pid, 'state')
  return state?.startsWith('T') === true
}

/** Sends a signal to the very process of the mark, and says whether it was there. */
export async function signalProcess(mark: ProcessMark, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isAlive(mark))) return false
  try {
    return process.kill(mark.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

// Fields 3 and 22 of /proc/PID/stat are the state and the start in clock ticks since boot; the name before them may hold blanks.
async function statOnLinux(pid: number): Promise<{ readonly state: string; readonly startedAt: string } | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = 'X', startedAt = ''] = [fields[0], fields[19]]
    return state === 'Z' || state === 'X' ? undefined : { state, startedAt }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

async function psField(pid: number, field: 'lstart' | 'state'): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', `${field}=`, '-p', String(pid)])
    return stdout.trim() === '' ? undefined : stdout.trim()
  } catch (error) {
    // ps ends with 1 when there is no such process.
    if ((error as { code?: unknown }).code === 1) return undefined
    throw error
  }
}
