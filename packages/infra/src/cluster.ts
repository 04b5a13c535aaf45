import { createDeadline, HanseError, systemClock } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { InfraErrorCode } from './errors.ts'
import { startFailed } from './jvm/jvm-launcher.ts'
import type { Launcher, ServerHandle } from './launcher.ts'
import { assertFree } from './plan/ports.ts'
import type { ServerPlan } from './plan/server-plan.ts'
import { readyChecks } from './ready/ready.ts'

/** One server and, when it was started, its handle. */
export interface Server {
  readonly plan: ServerPlan
  handle: ServerHandle | undefined
  /** Whether it ran already: whoever started it ends it. */
  readonly found: boolean
}

/** Options of {@link startCluster}. */
export interface StartClusterOptions extends AbortOptions {
  readonly launcher: Launcher
  readonly startTimeoutMs: number
  /** Told of each server as soon as it runs, long before it is ready. */
  readonly onStarted: (server: Server) => Promise<void>
}

const pollMs = 100
const politeMs = 20_000
const portsFreeMs = 5_000

/**
 * Starts those servers of one engine that do not run and resolves when the whole cluster is ready.
 * Several nodes are started one after another: each joins a cluster that stands.
 * @throws HanseError `PORT_TAKEN`, `RESOLVE_FAILED` or `START_FAILED`
 */
export async function startCluster(servers: readonly Server[], options: StartClusterOptions): Promise<void> {
  const [first] = servers
  if (first === undefined) return
  using deadline = createDeadline({ timeoutMs: options.startTimeoutMs, subject: `the start of ${first.plan.engine}`, ...signalOf(options) })
  const inTurn = first.plan.engine === 'cassandra'
  const awaited: Server[] = []
  for (const server of servers) {
    awaited.push(server)
    if (server.handle !== undefined && (await options.launcher.isAlive(server.handle))) continue
    await untilFree(server.plan, deadline.signal)
    server.handle = await options.launcher.launch(server.plan, { signal: deadline.signal })
    await options.onStarted(server)
    if (inTurn && awaited.length < servers.length) await untilReady(awaited, options.launcher, deadline.signal, options.signal)
  }
  await untilReady(servers, options.launcher, deadline.signal, options.signal)
}

// A process that was killed holds its ports for a moment longer than its number.
async function untilFree(plan: ServerPlan, signal: AbortSignal): Promise<void> {
  const until = systemClock.monotonic() + portsFreeMs
  for (;;) {
    try {
      return await assertFree(plan.engine, plan)
    } catch (error) {
      if (systemClock.monotonic() > until) throw error
    }
    await systemClock.sleep(pollMs, { signal })
  }
}

async function untilReady(servers: readonly Server[], launcher: Launcher, deadline: AbortSignal, outer: AbortSignal | undefined): Promise<void> {
  const [first] = servers
  if (first === undefined) return
  let missing = 'nothing was asked yet'
  for (;;) {
    for (const { plan, handle } of servers) {
      if (handle === undefined || !(await launcher.isAlive(handle))) throw startFailed(plan, 'its process ended', await launcher.lastLines(plan, 15))
    }
    const answer = await readyChecks[first.plan.engine](servers.map(({ plan }) => plan))
    if (answer === true) return
    missing = answer
    try {
      await systemClock.sleep(pollMs, { signal: deadline })
    } catch (error) {
      outer?.throwIfAborted()
      throw new HanseError<InfraErrorCode>(
        `${first.plan.engine} was not ready in time: ${missing}. It printed last:\n${await launcher.lastLines(first.plan, 15)}`,
        { code: 'START_FAILED', retryable: true, cause: error },
      )
    }
  }
}

/** Asks a server to end, waits, and kills it when it does not or when `signal` aborts. */
export async function endServer({ handle }: Pick<Server, 'handle'>, launcher: Launcher, { signal }: AbortOptions): Promise<void> {
  if (handle === undefined) return
  await launcher.signal(handle, 'resume')
  await launcher.signal(handle, 'terminate')
  const until = systemClock.monotonic() + politeMs
  while (await launcher.isAlive(handle)) {
    if (signal?.aborted === true || systemClock.monotonic() > until) return killServer(handle, launcher)
    await systemClock.sleep(pollMs)
  }
}

/** Kills a server and resolves when it is gone. */
export async function killServer(handle: ServerHandle, launcher: Launcher): Promise<void> {
  await launcher.signal(handle, 'kill')
  while (await launcher.isAlive(handle)) await systemClock.sleep(20)
}

function signalOf({ signal }: AbortOptions): AbortOptions {
  return signal === undefined ? {} : { signal }
}
