import { invalidArgument } from '@hanse/core'
import type { AbortOptions } from '@hanse/core'
import type { ListScope, LoggedStatus } from '../log/saga-log.ts'
import type { RunnerContext } from '../runner/runner-context.ts'
import { toSummary } from './saga-snapshot.ts'
import type { SagaSummary } from './saga-snapshot.ts'

/** What `list` asks for. */
export interface ListOptions<Name extends string = string> extends AbortOptions {
  /** @defaultValue all registered names, one after another */
  readonly name?: Name
  /** Only sagas that stand so. @defaultValue any */
  readonly status?: LoggedStatus
  /** The most sagas of one page, 1 to 500. @defaultValue 50 */
  readonly limit?: number
  /** `next` of the page before. */
  readonly page?: string
}

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
  const { limit = defaultLimit, status } = options
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= longestLimit))
    throw invalidArgument("option 'limit' of list", `a whole number from 1 to ${longestLimit}`, limit)
  const names = options.name === undefined ? context.graphs.names : [context.graphs.newest(options.name).graph.name]
  const start = parsePosition(options.page)
  const sagas: SagaSummary[] = []
  let within = start.within
  let left = limit
  for (const name of names.slice(start.name === undefined ? 0 : Math.max(0, names.indexOf(start.name)))) {
    if (left <= 0) return { sagas, next: sealPosition(name, null) }
    const page = await readNamed(context, name, left, within, options)
    left -= page.looked
    sagas.push(...page.sagas.filter((saga) => status === undefined || saga.status === status))
    if (page.next !== null) return { sagas, next: sealPosition(name, page.next) }
    within = null
  }
  return { sagas, next: null }
}

async function readNamed(context: RunnerContext, name: string, limit: number, within: string | null, { status, signal }: ListOptions) {
  const scope: ListScope = status === 'needs-attention' ? 'attention' : 'all'
  const abort = signal === undefined ? {} : { signal }
  const page = await context.log.listed(name, scope, limit, within, abort)
  const found = await Promise.all(
    page.sagas.map(async ({ id, startedAt }) => {
      const saga = await context.log.head(id, abort)
      // A start that found the key taken leaves an entry that belongs to nothing.
      return saga === undefined || saga.origin.startedAt !== startedAt ? [] : [toSummary(saga)]
    }),
  )
  const sagas = found.flat()
  return { sagas, looked: page.sagas.length, next: page.next }
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
