import { createHmac } from 'node:crypto'
import { table } from '@hanse/data'
import type { Database } from '@hanse/data'
import type { Answer } from './answer.ts'
import { HttpProblem } from './problem.ts'

const keepSeconds = 24 * 60 * 60

/** What was done under an Idempotency-Key: the id that was given out, and the answer once there is one. */
export const idempotency = table('idempotency', {
  fields: { scope: 'text', key: 'text', request: 'text', resource_id: 'uuid', answer: 'text' },
  key: [['scope', 'key']],
  required: ['request', 'resource_id'],
  conditional: true,
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
  const claim = await db.idempotency.insertIfAbsent({ scope, key, request, resource_id: id }, { ttlSeconds: keepSeconds })
  if (claim.applied) return record(options, await create(id))
  if (claim.current.request !== request)
    throw new HttpProblem(422, 'idempotency_key_reused', 'This Idempotency-Key was used with another body. Take a new key for a new request.')
  if (claim.current.answer !== null) return JSON.parse(claim.current.answer) as Answer
  return record(options, await create(claim.current.resource_id))
}

async function record(options: OnceOptions, answer: Answer): Promise<Answer> {
  const { db, scope, key = '' } = options
  await db.idempotency
    .update({ scope, key }, { ttlSeconds: keepSeconds })
    .set({ answer: JSON.stringify(answer) })
    .ifExists()
  return answer
}
