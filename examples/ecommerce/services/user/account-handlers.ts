import type { routes } from '../../contracts/routes.ts'
import { userCreated, userDeleted, userUpdated } from '../../contracts/events.ts'
import { addToList, readList, removeFromList } from '../../service/bucketed-list.ts'
import { created, listed, nothing, ok } from '../../service/answer.ts'
import { assertMatch, assertOwner, signedIn, versionChanged } from '../../service/call.ts'
import type { Handlers } from '../../service/call.ts'
import { once } from '../../service/idempotency.ts'
import { parseId } from '../../service/parse-id.ts'
import { HttpProblem, notFound } from '../../service/problem.ts'
import { emailKey } from './email-key.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { erased, isPresent, toUser } from './users.ts'
import type { User, UserParts } from './users.ts'

type AccountRoutes = Pick<
  typeof routes,
  'signUp' | 'listUsers' | 'getMe' | 'getUser' | 'updateUser' | 'deleteUser' | 'updateProfile' | 'getPreferences' | 'updatePreferences'
>

/** The list of everybody. */
export const everybody = 'users'

const defaultLimit = 20

/** Accounts: sign-up, reading, changing, deleting. */
export function createAccountHandlers(parts: UserParts & { readonly secret: Uint8Array }): Handlers<AccountRoutes> {
  const { db, bus, outbox, clock, generateId, secret } = parts

  const find = async (id: string): Promise<User> => {
    const user = await db.users.get({ id: parseId(id, 'User') })
    if (!isPresent(user)) throw notFound('User')
    return user
  }
  /** The owner is checked before the user is looked up: others do not learn who exists. */
  const findOwn = async (call: Parameters<typeof assertOwner>[0] & { readonly params: { readonly id: string } }): Promise<User> => {
    assertOwner(call, call.params.id.toLowerCase())
    return find(call.params.id)
  }
  const change = async (
    user: User,
    values: Partial<Pick<User, 'email' | 'email_key' | 'name' | 'password_hash' | 'profile' | 'preferences'>>,
  ): Promise<User> => {
    const next = { ...values, version: user.version + 1, updated_at: new Date(clock.now()) }
    const announced = 'email' in values || 'name' in values
    const event = bus.encode(userUpdated, { userId: user.id, email: values.email ?? user.email, name: values.name ?? user.name, version: next.version })
    const write = { version: user.version }
    const { applied } = await refuseTaken(
      announced
        ? outbox.commit(db.users, { id: user.id }, [event], (pending) =>
            db.users
              .update({ id: user.id })
              .set({ ...next, ...pending.put })
              .if(write),
          )
        : db.users.update({ id: user.id }).set(next).if(write),
    )
    if (!applied) throw versionChanged()
    return { ...user, ...next }
  }

  return {
    async signUp({ body, idempotencyKey }) {
      const { email, name, password } = body
      const password_hash = await hashPassword(password)
      return once({ db, secret, scope: `sign-up:${emailKey(email)}`, key: idempotencyKey, body, generateId }, async (id) => {
        const now = new Date(clock.now())
        await addToList(db, everybody, now, id)
        const row = { id, email, email_key: emailKey(email), name, role: 'shopper', password_hash, version: 1, created_at: now, updated_at: now }
        const event = bus.encode(userCreated, { userId: id, email, name, version: row.version })
        const written = await outbox.commit(db.users, { id }, [event], (pending) => db.users.insertIfAbsent({ ...row, ...pending.cells }))
        if (!written.applied && (written.conflict !== 'key' || written.current === undefined)) throw emailTaken()
        const user = written.applied ? row : (written.current ?? row)
        return created(`/api/users/${id}`, { id, email: user.email, name: user.name, created_at: user.created_at.toISOString() }, user.version)
      })
    },

    async listUsers({ query }) {
      const limit = query.limit ?? defaultLimit
      const page = await readList(db, everybody, limit, query.cursor)
      const rows = await Promise.all(page.ids.map((id) => db.users.get({ id })))
      return listed(rows.filter(isPresent).map(toUser), limit, page.next)
    },

    async getMe(call) {
      const user = await find(signedIn(call).id)
      return ok(toUser(user), { version: user.version })
    },

    async getUser(call) {
      const user = await findOwn(call)
      return ok(toUser(user), { version: user.version })
    },

    async updateUser(call) {
      const user = await findOwn(call)
      assertMatch(call, user.version)
      const { email, name, password, currentPassword } = call.body
      if (password !== undefined && signedIn(call).id === user.id) await assertPassword(user, currentPassword)
      const next = await change(user, {
        ...(email === undefined ? {} : { email, email_key: emailKey(email) }),
        ...(name === undefined ? {} : { name }),
        ...(password === undefined ? {} : { password_hash: await hashPassword(password) }),
      })
      return ok(toUser(next), { version: next.version })
    },

    async deleteUser(call) {
      const user = await findOwn(call)
      assertMatch(call, user.version)
      // What stays is an id without a person: the address is free again, and the event goes with the same write.
      const { applied } = await outbox.commit(db.users, { id: user.id }, [bus.encode(userDeleted, { userId: user.id })], (pending) =>
        db.users
          .update({ id: user.id })
          .set({ ...erased(user.id), version: user.version + 1, updated_at: new Date(clock.now()), ...pending.put })
          .if({ version: user.version }),
      )
      if (!applied) throw versionChanged()
      await removeFromList(db, everybody, user.created_at, user.id)
      return nothing
    },

    async updateProfile(call) {
      const user = await findOwn(call)
      assertMatch(call, user.version)
      const { body } = call
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      const next = await change(user, { profile: { ...emptyProfile, ...user.profile, ...given } })
      return ok(next.profile, { version: next.version })
    },

    async getPreferences(call) {
      const user = await findOwn(call)
      return ok(user.preferences ?? {}, { version: user.version })
    },

    async updatePreferences(call) {
      const user = await findOwn(call)
      assertMatch(call, user.version)
      const next = await change(user, { preferences: call.body })
      return ok(next.preferences ?? {}, { version: next.version })
    },
  }
}

const emptyProfile = { bio: null, avatar_url: null, phone: null, address: null }

function emailTaken(): HttpProblem {
  return new HttpProblem(409, 'email_taken', 'This e-mail address has an account already.')
}

/** A token that was left open somewhere must not be enough to take the account over. */
async function assertPassword(user: User, currentPassword: string | undefined): Promise<void> {
  if (currentPassword !== undefined && (await verifyPassword(currentPassword, user.password_hash))) return
  throw new HttpProblem(422, 'current_password_wrong', 'To change the password, send the current one as currentPassword.', {
    errors: [{ pointer: '/currentPassword', detail: 'must be the current password' }],
  })
}

async function refuseTaken<T>(write: PromiseLike<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'UNIQUE_CONFLICT') throw emailTaken()
    throw error
  }
}
