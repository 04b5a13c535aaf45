import type { BodyOf, QueryOf, RouteContract } from '../contracts/routes.ts'
import type { Answer } from './answer.ts'
import { HttpProblem, forbidden } from './problem.ts'

/** Who calls, as the gateway (or another service) signed it. */
export interface Caller {
  readonly id: string
  readonly role: 'shopper' | 'admin' | 'service'
}

type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { readonly [K in Name | keyof ParamsOf<Rest>]: string }
  : Path extends `${string}:${infer Name}`
    ? { readonly [K in Name]: string }
    : Readonly<Record<never, string>>

/** A request, checked against its route's contract. */
export interface Call<R extends RouteContract = RouteContract> {
  readonly params: ParamsOf<R['path']>
  readonly query: QueryOf<R>
  readonly body: BodyOf<R>
  readonly caller: Caller | undefined
  /** The entity tag that a write expects, without quotes; `undefined` when there is none or it is `*`. */
  readonly ifMatch: string | undefined
  readonly idempotencyKey: string | undefined
  readonly lastEventId: string | undefined
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal
}

/** One handler for each route of a service. */
export type Handlers<Routes extends Readonly<Record<string, RouteContract>>> = { readonly [Id in keyof Routes]: (call: Call<Routes[Id]>) => Promise<Answer> }

/** The routes of one service, out of a table of all. */
export type RoutesOf<Routes extends Readonly<Record<string, RouteContract>>, Service extends string> = {
  readonly [Id in keyof Routes as Routes[Id]['service'] extends Service ? Id : never]: Routes[Id]
}

/** The same choice at run time. */
export function routesOf<Routes extends Readonly<Record<string, RouteContract>>, Service extends string>(
  routes: Routes,
  service: Service,
): RoutesOf<Routes, Service> {
  return Object.fromEntries(Object.entries(routes).filter(([, route]) => route.service === service)) as RoutesOf<Routes, Service>
}

/** The signed-in caller. */
export function signedIn(call: Pick<Call, 'caller'>): Caller {
  if (call.caller === undefined) throw new HttpProblem(401, 'unauthenticated', 'Sign in to do this.', { headers: { 'www-authenticate': 'Bearer' } })
  return call.caller
}

/** Lets the owner and admins pass. */
export function assertOwner(call: Pick<Call, 'caller'>, ownerId: string): Caller {
  const caller = signedIn(call)
  if (caller.id !== ownerId && caller.role !== 'admin') throw forbidden()
  return caller
}

/** Refuses a write whose `If-Match` names another version than the one that is there. */
export function assertMatch(call: Pick<Call, 'ifMatch'>, version: number | string): void {
  if (call.ifMatch !== undefined && call.ifMatch !== String(version)) throw versionChanged()
}

/** 412: somebody else wrote in between. */
export function versionChanged(): HttpProblem {
  return new HttpProblem(412, 'version_changed', 'It has changed since it was read. Read it again and repeat the change.')
}
