import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TraceContext } from '@hanse/core'
import type { User } from '../guard/user.ts'
import type { Refusal } from '../respond/refusal.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import { readHeaderFacts } from './header-facts.ts'
import type { HeaderFacts } from './header-facts.ts'

const noParams: Readonly<Record<string, string>> = Object.freeze({})

/** One request on its way through the gateway, with all that is known of it so far. The guards fill it in. */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly facts: HeaderFacts
  readonly method: string
  /** Monotonic milliseconds. */
  readonly startedAtMs: number
  /** Whether the client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean
  correlationId = ''
  trace: TraceContext | undefined
  /** Whether the trace was begun by the client: only then is its `tracestate` of the same trace. */
  traceContinued = false
  clientAddress = ''
  /** The canonical path; empty until it was checked. */
  path = ''
  query = ''
  authority: string | undefined
  route: CompiledRoute | undefined
  params: Readonly<Record<string, string>> = noParams
  rest = ''
  user: User | undefined
  /** Why the credentials do not do. Spoken after the limits of visitors were charged, so that guessing tokens is limited, too. */
  pendingRefusal: Refusal | undefined
  /** Items of the headers `RateLimit` and `RateLimit-Policy`. */
  readonly rateLimits: string[] = []
  readonly ratePolicies: string[] = []
  /** Instances that were tried. */
  attempts = 0
  instanceId: string | undefined
  bytesOut = 0
  /** Why the answer is not a service's: a problem code, `client_gone` or `cut`. */
  reason: string | undefined

  constructor(request: IncomingMessage, response: ServerResponse, startedAtMs: number, expectsContinue: boolean) {
    this.request = request
    this.response = response
    this.startedAtMs = startedAtMs
    this.expectsContinue = expectsContinue
    this.method = request.method ?? 'GET'
    this.facts = readHeaderFacts(request.rawHeaders)
  }

  /** Whether the request has a body. */
  get hasBody(): boolean {
    const { transferEncoding, contentLength } = this.facts
    return transferEncoding !== undefined || (contentLength !== undefined && Number(contentLength) > 0)
  }
}
