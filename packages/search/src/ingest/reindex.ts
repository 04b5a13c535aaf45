import { searchError } from '../errors.ts'
import { everything } from '../index/filter.ts'
import type { SearchEngine } from '../text/search-engine.ts'
import type { BulkOptions, BulkResult } from './bulk.ts'

/** Options of `reindex`. */
export interface ReindexOptions extends BulkOptions {
  /**
   * Judges the new index before it goes live, by its number of documents and that of the old one.
   * @defaultValue at least one document, unless the source had none
   */
  readonly verify?: (counts: { readonly before: number; readonly after: number }) => boolean | Promise<boolean>
}

/** What a rebuild did. */
export interface ReindexResult extends BulkResult {
  /** Documents of the index before and after. */
  readonly before: number
  readonly after: number
  /** Exchanges the two again; what was written since stays with the new one. Works until {@link ReindexResult.discard}. */
  rollback(): Promise<void>
  /** Removes the old index for good. */
  discard(): Promise<void>
}

/** The steps of a rebuild, given by the index. */
export interface ReindexSteps {
  /** Makes the empty index beside the live one, and sends writes to both from now on. */
  begin(): Promise<void>
  fill(): Promise<BulkResult>
  counts(): Promise<{ readonly before: number; readonly after: number }>
  swap(): Promise<void>
  /** Sends writes to one index again. */
  end(): void
  /** Removes whatever bears the name of the shadow. */
  remove(): Promise<void>
}

/** Runs the steps in order; whatever fails before the exchange leaves the live index as it was. */
export async function runReindex(index: string, steps: ReindexSteps, options: ReindexOptions): Promise<ReindexResult> {
  try {
    await steps.begin()
    const written = await steps.fill()
    const counts = await steps.counts()
    const { verify = ({ after }) => after > 0 || written.applied === 0 } = options
    if (!(await verify(counts)))
      throw searchError(
        'REINDEX_FAILED',
        `the rebuilt index '${index}' has ${counts.after} documents, the live one ${counts.before}; the check refused it, the live one stays.`,
        {
          details: counts,
        },
      )
    await steps.swap()
    return { ...written, ...counts, rollback: () => steps.swap(), discard: () => steps.remove() }
  } catch (error) {
    steps.end()
    await steps.remove()
    throw error
  } finally {
    steps.end()
  }
}

/** How many documents an index holds, what was just written included. */
export async function countDocuments(engine: SearchEngine, name: string): Promise<number> {
  await engine.write(name, [], { refresh: true })
  const { total } = await engine.search(name, { filter: everything, sort: [], limit: 0, facets: [] })
  return total.value
}
