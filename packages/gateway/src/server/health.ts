import { createDeadline, invalidArgument, raceAbort } from '@hanse/core'
import type { AbortOptions, Clock } from '@hanse/core'
import type { Route } from '../route/route.ts'

/** Looks at one thing that the gateway needs. Rejects, or gives `false`, when it is not there. */
export type HealthCheck = (options: AbortOptions) => unknown

/** Options of the health routes. */
export interface HealthOptions {
  /**
   * Where they are: this path and, behind it, `/live` and `/ready`.
   * @defaultValue '/health'
   */
  readonly path?: string
  /** What `ready` depends on, by name. The names are shown to everybody, the reasons are only logged. */
  readonly checks?: Readonly<Record<string, HealthCheck>>
  /**
   * How long all checks together may take, in milliseconds.
   * @defaultValue 2000
   */
  readonly timeoutMs?: number
}

/** What the health routes need. */
export interface HealthTools {
  readonly clock: Clock
  /** Whether the gateway takes requests: started, and not draining. */
  isOpen(): boolean
  onCheckFailed(name: string, error: unknown): void
}

/**
 * Three routes: live (the process answers), ready (it should be sent requests), and a short one that is always there.
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function healthRoutes(options: HealthOptions, tools: HealthTools): readonly Route[] {
  const { path = '/health', checks = {}, timeoutMs = 2_000 } = options
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0) throw invalidArgument("option 'health.timeoutMs'", 'a number above 0', timeoutMs)
  const status = (word: string): { readonly status: string; readonly timestamp: string } => ({
    status: word,
    timestamp: new Date(tools.clock.now()).toISOString(),
  })
  const ready = async (_request: Request, { signal }: AbortOptions): Promise<Response> => {
    const results = Object.fromEntries(await runChecks(checks, timeoutMs, tools, signal))
    const isReady = tools.isOpen() && Object.values(results).every((result) => result === 'ok')
    return Response.json({ ...status(isReady ? 'ok' : 'unavailable'), checks: results }, { status: isReady ? 200 : 503, headers: noStore })
  }
  const alive = (): Response => Response.json(status('ok'), { headers: noStore })
  const common = { methods: ['GET'], public: true, rateLimit: false, timeoutMs: timeoutMs * 2 } as const
  return [
    { ...common, path, handler: alive },
    { ...common, path: `${path}/live`, handler: alive },
    { ...common, path: `${path}/ready`, handler: ready },
  ]
}

const noStore = { 'cache-control': 'no-store' } as const

async function runChecks(
  checks: Readonly<Record<string, HealthCheck>>,
  timeoutMs: number,
  tools: HealthTools,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly [string, 'ok' | 'failed'])[]> {
  using deadline = createDeadline({ timeoutMs, subject: 'The health checks', clock: tools.clock, ...(signal === undefined ? {} : { signal }) })
  return await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        const result = await raceAbort(Promise.resolve(check({ signal: deadline.signal })), deadline.signal)
        if (result === false) throw new Error('The check gave false.')
        return [name, 'ok'] as const
      } catch (error) {
        tools.onCheckFailed(name, error)
        return [name, 'failed'] as const
      }
    }),
  )
}
