import type { AbortOptions } from '@hanse/core'
import type { ProcessMark } from './process/process-mark.ts'
import type { ServerPlan } from './plan/server-plan.ts'

/** What a started server is known by. Plain data; it is kept in the state file. */
export type ServerHandle = ({ readonly kind: 'process' } & ProcessMark) | { readonly kind: 'container'; readonly id: string }

/** What can be done to a running server. */
export type ServerSignal = 'kill' | 'pause' | 'resume' | 'terminate'

/** Starts servers in one way: as Java processes, or as containers. Never touches what it did not start. */
export interface Launcher {
  readonly provider: 'jvm' | 'docker'
  /** What is used, for people. */
  readonly description: string
  /** Starts a server and returns before it is ready. */
  launch(plan: ServerPlan, options: AbortOptions): Promise<ServerHandle>
  /** Whether the server still runs (a paused one does). */
  isAlive(handle: ServerHandle): Promise<boolean>
  /** Whether the server is there, and paused. */
  isPaused(handle: ServerHandle): Promise<boolean>
  /** Does something to a server that runs, and says whether it did. */
  signal(handle: ServerHandle, signal: ServerSignal): Promise<boolean>
  /** The last lines that a server printed. */
  lastLines(plan: ServerPlan, count: number): Promise<string>
  /** Removes a server that has ended, with its data. */
  discard(plan: ServerPlan): Promise<void>
}
