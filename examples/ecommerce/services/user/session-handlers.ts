import type { routes } from '../../contracts/routes.ts'
import { nothing, ok } from '../../service/answer.ts'
import type { Handlers } from '../../service/call.ts'
import { HttpProblem } from '../../service/problem.ts'
import { emailKey } from './email-key.ts'
import { noPassword, verifyPassword } from './passwords.ts'
import type { TokenIssuer } from './tokens.ts'
import { isPresent } from './users.ts'
import type { UserParts } from './users.ts'

type SessionRoutes = Pick<typeof routes, 'login' | 'refresh' | 'logout'>

/** Login, renewal, logout. */
export function createSessionHandlers({ db }: Pick<UserParts, 'db'>, tokens: TokenIssuer): Handlers<SessionRoutes> {
  return {
    async login({ body }) {
      const found = await db.users.getBy({ email_key: emailKey(body.email) })
      const user = isPresent(found) ? found : undefined
      // An unknown address costs the same time and gets the same answer as a wrong password.
      const matches = await verifyPassword(body.password, user?.password_hash ?? noPassword)
      if (user === undefined || !matches)
        throw new HttpProblem(401, 'invalid_credentials', 'E-mail address or password is wrong.', { headers: { 'www-authenticate': 'Bearer' } })
      return ok(await tokens.open(user))
    },
    async refresh({ body }) {
      return ok(
        await tokens.rotate(body.refreshToken, async (id) => {
          const user = await db.users.get({ id })
          return isPresent(user) ? user : undefined
        }),
      )
    },
    async logout({ body }) {
      await tokens.end(body.refreshToken)
      return nothing
    },
  }
}
