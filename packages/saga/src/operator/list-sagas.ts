import { invalidArgument } from '@hanse/core'
import type { ListScope } from '../log/saga-log.ts'
import type { RunnerContext } from '../runner/runner-context.ts'
import type { ListOptions } from '../runner/saga-orchestrator.ts'
import { toSummary } from './saga-snapshot.ts'
import type { SagaSummary } from './saga-snapshot.ts'

/** One page of sagas. */
export interface SagaPage {
  /** The newest first. */
  readonly sagas: readonly SagaSummary[]
  /** Give it as `page` for what follows; `null` at the end. */
  readonly next: string | null
}

const defaultLimit = 50
const longestLimit = 500

/** Reads one page. It looks at `limit` sagas at most, so that a rare status cannot make a page expensive: fewer may fit, with a `next`. */
export async function listSagas(context: RunnerContext, options: ListOptions): Promise<SagaPage> {
  const { limit = defaultLimit, status, signal } = options
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= longestLimit))
    throw invalidArgument("option 'limit' of list", `a whole number from 1 to ${longestLimit}`, limit)
  const names = options.name === undefined ? context.graphs.names : [context.graphs.newest(options.name).graph.name]
  const position = parsePosition(options.page)
  const at = Math.max(0, position.name === undefined ? 0 : names.indexOf(position.name))
  const name = names[at]
  if (name === undefined) return { sagas: [], next: null }
  const scope: ListScope = status === 'needs-attention' ? 'attention' : 'all'
  const abort = signal === undefined ? {} : { signal }
  const page = await context.log.listed(name, scope, limit, position.within, abort)
  const found = await Promise.all(
    page.sagas.map(async ({ id, startedAt }) => {
      const saga = await context.log.head(id, abort)
      // A start that found the key taken leaves an entry that belongs to nothing.
      return saga === undefined || saga.origin.startedAt !== startedAt ? [] : [toSummary(saga)]
    }),
  )
  const sagas = found.flat().filter((saga) => status === undefined || saga.status === status)
  const following = page.next === null ? names[at + 1] : name
  return { sagas, next: following === undefined ? null : sealPosition(following, page.next) }
}

interface Position {
  readonly name: string | undefined
  readonly within: string | null
}

function sealPosition(name: string, within: string | null): string {
  return Buffer.from(JSON.stringify([name, within])).toString('base64url')
}

function parsePosition(page: string | undefined): Position {
  if (page === undefined) return { name: undefined, within: null }
  try {
    const [name, within] = JSON.parse(Buffer.from(page, 'base64url').toString()) as [unknown, unknown]
    if (typeof name === 'string' && (within === null || typeof within === 'string')) return { name, within }
  } catch {
    // Said below, in words that help.
  }
  throw invalidArgument("option 'page' of list", "the 'next' of an earlier page", page)
}
