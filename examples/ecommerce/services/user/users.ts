import type { Row } from '@hanse/data'
import type { ServiceParts } from '../../service/run-service.ts'
import { idempotency } from '../../service/idempotency.ts'
import { listTables } from '../../service/bucketed-list.ts'
import { sessions, users } from './tables.ts'

/** The tables of the user service. */
export const userTables = { users, sessions, idempotency, ...listTables }

/** What the user service's code works with. */
export type UserParts = ServiceParts<typeof userTables>

/** A stored user. */
export type User = Row<typeof users>

/** A user as the outside sees one: never the password's hash. */
export function toUser(user: User) {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role,
    profile: user.profile,
    created_at: user.created_at.toISOString(),
    updated_at: user.updated_at.toISOString(),
  }
}

const gone = 'deleted'

/** What is left of a user who was deleted: no name, no address, no password. */
export function erased(id: string) {
  const email = `${id}@deleted.invalid`
  return { email, email_key: email, name: gone, role: gone, password_hash: gone, profile: null, preferences: null }
}

/** Whether a user is there and was not deleted. */
export function isPresent(user: User | undefined): user is User {
  return user !== undefined && user.role !== gone
}
