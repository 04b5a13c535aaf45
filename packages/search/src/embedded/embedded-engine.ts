import { createLifecycle } from '@hanse/core'
import type { AbortOptions, Lifecycle } from '@hanse/core'
import { openSqlite } from '@hanse/core/sqlite'
import type { SqliteConnection, SqliteFile } from '@hanse/core/sqlite'
import type { WriteOutcome } from '../index/attributes.ts'
import type { EngineQuery, EngineResult, EngineWrite, IndexSpec, SearchCapability, SearchEngine, StoredDocument } from '../text/search-engine.ts'
import type { VectorIndex } from '../vector/vector-index.ts'
import { createCatalog, ensureEntry, removeEntry, requireEntry, swapEntries } from './catalog.ts'
import { Dictionary } from './dictionary.ts'
import { EmbeddedVectors } from './embedded-vectors.ts'
import { oneView } from './one-view.ts'
import { searchText } from './text-search.ts'
import { createTextTables, textTables } from './text-tables.ts'
import type { TextTables } from './text-tables.ts'
import { applyTextWrite } from './text-writer.ts'

/** Options of {@link embedded}. */
export interface EmbeddedOptions {
  /** A path on a local disk, its folder made when missing; or `:memory:` for an index that ends with the process. */
  readonly file: string
  /**
   * `full` keeps a write through a loss of power, `normal` only through the death of the process.
   * @defaultValue 'full'
   */
  readonly durability?: 'full' | 'normal'
}

/** The embedded engine: full text, and the vectors beside it. */
export interface EmbeddedEngine extends SearchEngine {
  readonly vectors: VectorIndex
}

/**
 * A search engine in this process: SQLite's FTS5 for text, a scan over binary codes with exact rescoring for vectors.
 * Several processes may share a file. The file is opened by the first call.
 *
 * Sizes: made for up to some 100,000 documents of an index; vectors are held in memory, 4 bytes a dimension and document.
 *
 * @example
 * ```ts
 * const search = createSearch({ engine: embedded({ file: 'search.db' }), indexes: { products } })
 * ```
 */
export function embedded(options: EmbeddedOptions): EmbeddedEngine {
  return new EmbeddedSearchEngine(options)
}

class EmbeddedSearchEngine implements EmbeddedEngine {
  readonly capabilities: ReadonlySet<SearchCapability>
  readonly vectors: VectorIndex
  readonly #options: EmbeddedOptions
  readonly #lifecycle: Lifecycle
  /** By table prefix, so that a swap needs no care. */
  readonly #dictionaries = new Map<string, Dictionary>()
  #opening: Promise<SqliteFile> | undefined

  constructor(options: EmbeddedOptions) {
    this.#options = options
    this.capabilities = new Set(options.file === ':memory:' ? ['immediate-refresh', 'vectors'] : ['immediate-refresh', 'vectors', 'multi-process'])
    this.#lifecycle = createLifecycle({ subject: 'the embedded search engine', stop: () => this.#stop() })
    this.vectors = new EmbeddedVectors(() => this.#open(), options.file !== ':memory:')
  }

  async prepare(index: IndexSpec, options: AbortOptions = {}): Promise<void> {
    const file = await this.#open()
    await file.write((db) => ensureEntry(db, 'text', index, (prefix) => createTextTables(db, textTables(prefix, index))), options)
  }

  async write(index: string, writes: readonly EngineWrite[], options: AbortOptions = {}): Promise<readonly WriteOutcome[]> {
    const file = await this.#open()
    return file.write((db) => {
      const tables = tablesOf(db, index)
      const outcomes = writes.map((write) => applyTextWrite(db, tables, write))
      const dictionary = this.#dictionaries.get(tables.fts)
      if (dictionary !== undefined)
        for (const write of writes) if (write.kind === 'index') for (const tokens of write.document.tokens.values()) dictionary.add(tokens)
      return outcomes
    }, options)
  }

  async search(index: string, query: EngineQuery, options: AbortOptions = {}): Promise<EngineResult> {
    const file = await this.#open()
    options.signal?.throwIfAborted()
    return file.read((db) =>
      oneView(db, () => {
        const tables = tablesOf(db, index)
        return searchText({ db, tables, near: (token, edits) => this.#dictionary(tables).near(db, tables, dataVersion(db), token, edits) }, query)
      }),
    )
  }

  async read(index: string, ids: readonly string[], options: AbortOptions = {}): Promise<readonly (StoredDocument | undefined)[]> {
    const file = await this.#open()
    options.signal?.throwIfAborted()
    return file.read((db) => {
      const { docs, sources } = tablesOf(db, index)
      const select = db.prepare(`select d.version, s.source from ${docs.name} d join ${sources} s on s.doc = d.doc where d.id = ? and d.deleted = 0`)
      return ids.map((id) => {
        const row = select.get(id)
        return row === undefined ? undefined : { id, source: String(row['source']), version: Number(row['version']) }
      })
    })
  }

  async swap(index: string, other: string, options: AbortOptions = {}): Promise<void> {
    const file = await this.#open()
    await file.write((db) => swapEntries(db, 'text', index, other), options)
  }

  async drop(index: string, options: AbortOptions = {}): Promise<void> {
    const file = await this.#open()
    await file.write((db) => removeEntry(db, 'text', index), options)
  }

  close(options?: AbortOptions): Promise<void> {
    return this.#lifecycle.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #dictionary(tables: TextTables): Dictionary {
    const known = this.#dictionaries.get(tables.fts)
    if (known !== undefined) return known
    const dictionary = new Dictionary()
    this.#dictionaries.set(tables.fts, dictionary)
    return dictionary
  }

  async #open(): Promise<SqliteFile> {
    this.#lifecycle.assertOpen()
    this.#opening ??= openFile(this.#options)
    return this.#opening
  }

  async #stop(): Promise<void> {
    // A file that could not be opened was reported to the calls that needed it.
    const file = await this.#opening?.catch(() => undefined)
    await file?.close()
  }
}

async function openFile(options: EmbeddedOptions): Promise<SqliteFile> {
  const file = openSqlite(options)
  try {
    await file.write(createCatalog)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

function tablesOf(db: SqliteConnection, index: string): TextTables {
  const { prefix, spec } = requireEntry(db, 'text', index)
  return textTables(prefix, JSON.parse(spec) as IndexSpec)
}

function dataVersion(db: SqliteConnection): string {
  return String(db.prepare('pragma data_version').get()?.['data_version'])
}
