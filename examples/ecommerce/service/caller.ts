import { parseTraceparent } from '@hanse/core'
import { createContextVerifier, signedContext } from '@hanse/gateway'
import type { ContextSigner, UserContext } from '@hanse/gateway'
import { readPrivateKey, readPublicKeys } from './keys.ts'
import type { Signer } from './keys.ts'
import type { VerifiedCaller } from './http-server.ts'
import { HttpProblem } from './problem.ts'

/** Where the gateway puts the caller's context. */
export const userHeader = 'x-user-context'
/** Where a service puts its own, when it calls another. */
export const serviceHeader = 'x-service-context'
const serviceIssuer = 'shop-service'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** Makes the check that every request must pass: signed by the gateway, or by a service that may call. */
export function createCallerCheck(dataFolder: string, audience: string): (headers: Headers) => Promise<VerifiedCaller> {
  const verifyUser = createContextVerifier({ keys: keysOf(dataFolder, 'context-gateway'), audience })
  const verifyService = createContextVerifier({ keys: keysOf(dataFolder, 'context-order-service'), audience, issuer: serviceIssuer })
  return async (headers) => {
    const asService = headers[serviceHeader] !== undefined
    const { user } = await refuse(asService ? verifyService(headers[serviceHeader]) : verifyUser(headers[userHeader]))
    const role = asService ? 'service' : user?.roles.includes('admin') === true ? 'admin' : 'shopper'
    return { caller: user === undefined ? undefined : { id: user.id, role }, context: contextOf(headers) }
  }
}

/** Signs a service's own calls. */
export function createServiceSigner(dataFolder: string): ContextSigner {
  return signedContext({ key: readPrivateKey(dataFolder, 'context-order-service'), issuer: serviceIssuer, header: serviceHeader })
}

/** Signs the callers' contexts; only the gateway may. */
export function createUserSigner(dataFolder: string): ContextSigner {
  return signedContext({ key: readPrivateKey(dataFolder, 'context-gateway'), header: userHeader })
}

function keysOf(dataFolder: string, signer: Signer) {
  return readPublicKeys(dataFolder, signer).keys
}

async function refuse(verified: Promise<UserContext>): Promise<UserContext> {
  try {
    return await verified
  } catch (error) {
    throw new HttpProblem(401, 'context_invalid', 'Calls must come through the gateway.', { cause: error })
  }
}

function contextOf(headers: Headers) {
  const correlationId = headers['x-correlation-id']
  const traceparent = headers['traceparent']
  const trace = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined
  return { ...(typeof correlationId === 'string' ? { correlationId } : {}), ...(trace === undefined ? {} : { trace }) }
}
