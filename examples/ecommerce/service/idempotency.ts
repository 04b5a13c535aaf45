import { createHmac } from 'node:crypto'
import { table } from '@hanse/data'
import type { Database } from '@hanse/data'
import type { Answer } from './answer.ts'
import { HttpProblem } from './problem.ts'

/** What was done under an Idempotency-Key: the id that was given out, and the answer once there is one. */
export const idempotency = table('idempotency', {
  fields: { scope: 'text', key: 'text', request: 'text', resource_id: 'uuid', answer: 'text' },
  key: [['scope', 'key']],
  required: ['request', 'resource_id'],
  conditional: true,
  ttlSeconds: 24 * 60 * 60,
})

/** Options of {@link once}. */
export interface OnceOptions {
  readonly db: Database<{ idempotency: typeof idempotency }>
  /** Only this shop knows it: bodies may hold passwords, and are kept as keyed digests. */
  readonly secret: Uint8Array
  /** Who asks for what: keys of different scopes never meet. */
  readonly scope: string
  readonly key: string | undefined
  readonly body: unknown
  readonly generateId: () => string
}

/**
 * Does `create` once for a key: a repeat gets the first answer, another body is refused.
 * `create` gets the id to use and must itself be repeatable under that id, because a crash may fall between it and the record of its answer.
 */
export async function once(options: OnceOptions, create: (id: string) => Promise<Answer>): Promise<Answer> {
  const { db, key, scope, generateId } = options
  if (key === undefined) return create(generateId())
  const request = createHmac('sha256', options.secret).update(JSON.stringify(options.body)).digest('base64url')
  const id = generateId()
  const claim = await db.idempotency.insertIfAbsent({ scope, key, request, resource_id: id })
  const resource = claim.applied ? id : claim.current.resource_id
  if (!claim.applied) {
    if (claim.current.request !== request)
      throw new HttpProblem(422, 'idempotency_key_reused', 'This Idempotency-Key was used with another body. Take a new key for a new request.')
    if (claim.current.answer !== null) return JSON.parse(claim.current.answer) as Answer
  }
  const answer = await create(resource)
  // Everything again, so that all of it ends at the same time. Of attempts that overlap, the first answer is everybody's.
  const written = await db.idempotency
    .update({ scope, key })
    .set({ request, resource_id: resource, answer: JSON.stringify(answer) })
    .if({ request, answer: null })
  const first = written.applied ? undefined : written.current?.answer
  return typeof first === 'string' ? (JSON.parse(first) as Answer) : answer
}
