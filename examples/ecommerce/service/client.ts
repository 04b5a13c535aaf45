import { HanseError, createDeadline, currentContext, formatTraceparent, systemClock } from '@hanse/core'
import type { Pick, Registry } from '@hanse/registry'
import { request } from 'undici'
import { internalRoutes } from '../contracts/routes.ts'
import type { BodyOf, InternalRouteId } from '../contracts/routes.ts'
import { createServiceSigner, serviceHeader } from './caller.ts'

/** One call to another service. */
export interface ServiceCall<Id extends InternalRouteId> {
  readonly body: BodyOf<(typeof internalRoutes)[Id]>
  readonly params?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** What another service answered when it refused: its code and status. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** Calls the shop's other services, wherever the registry finds them. */
export interface ServiceClient {
  /**
   * @returns the answer's `data`
   * @throws ServiceRefusal for a 4xx; HanseError `CALL_FAILED`, retryable, when the outcome is unknown or the service is away
   */
  call<Id extends InternalRouteId>(id: Id, call: ServiceCall<Id>): Promise<unknown>
}

const defaultTimeoutMs = 5_000
const waitMs = 50

/** Makes the client of one service. */
export function createServiceClient(options: { registry: Registry; dataFolder: string }): ServiceClient {
  const signer = createServiceSigner(options.dataFolder)
  return {
    async call(id, { body, params = {}, signal, timeoutMs = defaultTimeoutMs }) {
      const route = internalRoutes[id]
      using deadline = createDeadline({ timeoutMs, subject: `the call '${id}' to the ${route.service}`, ...(signal === undefined ? {} : { signal }) })
      const pick = await pickWhenThere(options.registry, route.service, deadline.signal)
      try {
        const context = await signer.sign({ id: 'order-service', roles: ['service'] }, route.service)
        const { statusCode, body: answer } = await request(new URL(fill(route.path, params), pick.instance.url), {
          method: route.method,
          headers: { 'content-type': 'application/json', [serviceHeader]: context, ...traceHeaders() },
          body: JSON.stringify(body),
          signal: deadline.signal,
        })
        const parsed = (await answer.json()) as { data?: unknown; code?: string; detail?: string }
        pick.done({ ok: true })
        if (statusCode < 300) return parsed.data
        if (statusCode >= 500) throw failed(id, route.service, new Error(parsed.detail ?? `status ${statusCode}`))
        throw new ServiceRefusal(statusCode, parsed.code ?? 'unknown', parsed.detail ?? `The ${route.service} answered ${statusCode}.`)
      } catch (error) {
        if (error instanceof ServiceRefusal || HanseError.hasCode(error, 'CALL_FAILED')) throw error
        pick.done({ ok: false, kind: deadline.signal.aborted ? 'timeout' : 'reset' })
        if (signal?.aborted === true) throw error
        throw failed(id, route.service, error)
      }
    },
  }
}

/** An instance that is just starting, or was just killed and restarts, is waited for as long as the call has time. */
async function pickWhenThere(registry: Registry, service: string, signal: AbortSignal): Promise<Pick> {
  for (;;) {
    try {
      return await registry.pick(service, { signal })
    } catch (error) {
      if (!HanseError.hasCode(error, 'REGISTRY_SERVICE_UNKNOWN', 'REGISTRY_NO_HEALTHY_INSTANCE')) throw error
    }
    await systemClock.sleep(waitMs, { signal })
  }
}

function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function traceHeaders(): Record<string, string> {
  const { correlationId, trace } = currentContext()
  return {
    ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
    ...(trace === undefined ? {} : { traceparent: formatTraceparent(trace) }),
  }
}

function failed(id: string, service: string, cause: unknown): HanseError<'CALL_FAILED'> {
  return new HanseError(`The call '${id}' to the ${service} failed; whether it had an effect is not known.`, { code: 'CALL_FAILED', retryable: true, cause })
}
