import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServiceConfig } from '../service/config.ts'
import { toEnvironment } from '../service/config.ts'

/** One process of the shop, kept alive. */
export interface Child {
  readonly config: ServiceConfig
  readonly pid: number | undefined
  /** Resolves when the process first says that it is ready; rejects when it cannot be started. */
  readonly ready: Promise<void>
  /** Asks it to drain and end; resolves when it has ended. */
  stop(): Promise<void>
  /** Ends it at once. */
  kill(): void
}

/** Compiled code is kept between runs, which halves the time in which a service loads. */
const compileCache = fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url))

const firstPauseMs = 100
const longestPauseMs = 5_000
const attemptsBeforeReady = 3
const drainMs = 10_000

/** Starts a process and restarts it, with back-off, whenever it ends by itself. */
export function startChild(script: string, config: ServiceConfig, onRestart: (name: string, pauseMs: number) => void): Child {
  const logFile = join(config.dataFolder, 'logs', `${config.name}.log`)
  let current: ChildProcess | undefined
  let stopping = false
  let everReady = false
  let failures = 0
  let restart: NodeJS.Timeout | undefined
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined)
  let ended = Promise.withResolvers<void>()

  const start = (): void => {
    ended = Promise.withResolvers<void>()
    const log = openSync(logFile, 'a')
    const child = fork(script, [], { env: { NODE_COMPILE_CACHE: compileCache, ...inherited(), ...toEnvironment(config) }, stdio: ['ignore', log, log, 'ipc'] })
    closeSync(log)
    current = child
    child.on('message', () => {
      everReady = true
      failures = 0
      ready.resolve()
    })
    child.once('exit', onExit)
  }
  const onExit = (): void => {
    current = undefined
    ended.resolve()
    if (stopping) return
    failures++
    if (!everReady && failures >= attemptsBeforeReady)
      return ready.reject(new Error(`The ${config.name} does not start. The end of its log, ${logFile}:\n${tail(logFile)}`))
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1))
    onRestart(config.name, pauseMs)
    restart = setTimeout(start, pauseMs)
  }
  start()
  return {
    config,
    get pid() {
      return current?.pid
    },
    ready: ready.promise,
    async stop() {
      stopping = true
      clearTimeout(restart)
      const child = current
      if (child === undefined) return
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), drainMs)
      await ended.promise
      clearTimeout(late)
    },
    kill() {
      stopping = true
      clearTimeout(restart)
      current?.kill('SIGKILL')
    },
  }
}

/** A service sees the settings meant for it and what a program needs to run, not all that the shell knows. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_OPTIONS', 'SystemRoot']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n')
}
