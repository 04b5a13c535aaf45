import { errors } from 'cassandra-driver'

const mostRounds = 4

/**
 * Makes a call of the driver again where the server did nothing: it had forgotten a prepared statement, which the driver prepares anew by itself, unless it
 * has forgotten the statement meanwhile, too. The driver keeps the 500 that came last, and so gives up on a batch that needs an old one and brings a new one.
 */
export async function prepareAgain<T>(call: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await call()
    } catch (error) {
      if (!isForgotten(error) || round === mostRounds) throw error
    }
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof errors.DriverInternalError && error.message.startsWith('Unprepared response invalid')
}
