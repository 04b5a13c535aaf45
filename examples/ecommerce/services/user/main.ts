import { routes } from '../../contracts/routes.ts'
import { routesOf } from '../../service/call.ts'
import { readPrivateKey, readSecret } from '../../service/keys.ts'
import { runService } from '../../service/run-service.ts'
import { createAccountHandlers } from './account-handlers.ts'
import { seedAccounts } from './seed.ts'
import { createSessionHandlers } from './session-handlers.ts'
import { createTokenIssuer } from './tokens.ts'
import { userTables } from './users.ts'

const name = 'user-service'

await runService({
  name,
  description: 'Accounts, sign-up and login',
  tables: userTables,
  routes: routesOf(routes, name),
  async create(parts) {
    const { config, db, clock, generateId } = parts
    const tokens = await createTokenIssuer({ db, key: readPrivateKey(config.dataFolder, 'access-token'), clock, generateId })
    return {
      handlers: { ...createAccountHandlers({ ...parts, secret: readSecret(config.dataFolder) }), ...createSessionHandlers(parts, tokens) },
      async start() {
        if (config.seed && config.demoPassword !== undefined) await seedAccounts(parts, config.demoPassword)
      },
    }
  },
})
