import type { AbortOptions } from '@hanse/core'
import { searchError } from '../errors.ts'
import { requireEqualSpecs, requireNoDifferences } from '../index/compare-specs.ts'
import type { Connection } from './connection.ts'
import { compareMapping, mappingOf } from './index-fields.ts'
import type { IndexFields, StoredProperties } from './index-fields.ts'
import { encodeIndexName } from './index-names.ts'
import { isRefused } from './server-errors.ts'

/** How one kind of index is made and checked. */
export interface CatalogKind<Spec extends { readonly name: string }> {
  readonly kind: 'text' | 'vector'
  fields(spec: Spec): IndexFields
  /** Looks at what is stored before the specs are compared, for an error that says more. */
  check?(stored: Spec, wanted: Spec): void
}

interface Found<Spec> {
  /** The index behind the alias. */
  readonly target: string
  readonly spec: Spec
  readonly properties: StoredProperties
}

type MappingAnswer = Readonly<Record<string, { readonly mappings: { readonly _meta?: { readonly hanse?: string }; readonly properties?: StoredProperties } }>>

/**
 * Maps the names of indexes to aliases, and these to indexes whose names are never used again. A swap moves two aliases in one request.
 * The spec that an index was made by lies in its mapping.
 */
export class IndexCatalog<Spec extends { readonly name: string }> {
  readonly #connection: Connection
  readonly #kind: CatalogKind<Spec>
  readonly #specs = new Map<string, Spec>()

  constructor(connection: Connection, kind: CatalogKind<Spec>) {
    this.#connection = connection
    this.#kind = kind
  }

  /** The alias of an index. */
  alias(name: string): string {
    return `${this.#connection.options.indexPrefix}${this.#kind.kind}-${encodeIndexName(name)}`
  }

  async prepare(spec: Spec, options: AbortOptions): Promise<void> {
    const found = (await this.#find(spec.name, options)) ?? (await this.#create(spec, options))
    if (found !== undefined) this.#check(found, spec)
    this.#specs.set(spec.name, spec)
  }

  /**
   * The spec of an index, as it was prepared here or is stored.
   * @throws HanseError `UNKNOWN_INDEX`
   */
  async spec(name: string, options: AbortOptions): Promise<Spec> {
    const known = this.#specs.get(name)
    if (known !== undefined) return known
    const { spec } = await this.#require(name, options)
    this.#specs.set(name, spec)
    return spec
  }

  /** Exchanges the indexes behind two names. */
  async swap(name: string, other: string, options: AbortOptions): Promise<void> {
    const one = await this.#require(name, options)
    const two = await this.#require(other, options)
    const move = (alias: string, from: string, to: string): object[] => [
      { remove: { index: from, alias, must_exist: true } },
      { add: { index: to, alias, is_write_index: true } },
    ]
    const actions = [...move(this.alias(name), one.target, two.target), ...move(this.alias(other), two.target, one.target)]
    await this.#connection.request({ method: 'POST', path: '/_aliases', body: { actions }, subject: `swap indexes '${name}' and '${other}'` }, options)
    this.forget(name)
    this.forget(other)
  }

  async drop(name: string, options: AbortOptions): Promise<void> {
    const found = await this.#find(name, options)
    this.forget(name)
    if (found === undefined) return
    const query = { ignore_unavailable: true }
    await this.#connection.request({ method: 'DELETE', path: `/${found.target}`, query, subject: `drop index '${name}'` }, options)
  }

  /** Reads the spec anew at the next call. */
  forget(name: string): void {
    this.#specs.delete(name)
  }

  /** The error of a call on an index that is not there, or `error` as it is. */
  translate(error: unknown, name: string): unknown {
    if (!isRefused(error, 'index_not_found_exception')) return error
    this.forget(name)
    return this.unknown(name, error)
  }

  /** An error about an index that is not there. */
  unknown(name: string, cause?: unknown): Error {
    return searchError('UNKNOWN_INDEX', `there is no ${this.#kind.kind} index '${name}'; prepare it first.`, cause === undefined ? {} : { cause })
  }

  async #require(name: string, options: AbortOptions): Promise<Found<Spec>> {
    const found = await this.#find(name, options)
    if (found !== undefined) return found
    this.forget(name)
    throw this.unknown(name)
  }

  async #find(name: string, options: AbortOptions): Promise<Found<Spec> | undefined> {
    const alias = this.alias(name)
    const answer = await this.#connection
      .request<MappingAnswer>({ method: 'GET', path: `/${alias}/_mapping`, subject: `read the mapping of index '${name}'` }, options)
      .catch((error: unknown) => {
        if (isRefused(error, 'index_not_found_exception')) return {}
        throw error
      })
    const [entry] = Object.entries(answer)
    if (entry === undefined) return undefined
    const [target, { mappings }] = entry
    const stored = mappings._meta?.hanse
    if (stored === undefined)
      requireNoDifferences(this.#kind.kind, name, [`'${target}' in the cluster was not made by this package: its mapping has no '_meta.hanse'`])
    return { target, spec: { ...(JSON.parse(stored ?? '{}') as Spec), name }, properties: mappings.properties ?? {} }
  }

  /** Makes the index; gives back what another caller has made meanwhile. */
  async #create(spec: Spec, options: AbortOptions): Promise<Found<Spec> | undefined> {
    const { shards, replicas, generateId } = this.#connection.options
    const alias = this.alias(spec.name)
    const body = {
      settings: { number_of_shards: shards, number_of_replicas: replicas },
      mappings: mappingOf(this.#kind.fields(spec), { hanse: JSON.stringify(spec) }),
      // An alias has one write index at most, so that of several callers the first makes the index and the others fail.
      aliases: { [alias]: { is_write_index: true } },
    }
    try {
      await this.#connection.request({ method: 'PUT', path: `/${alias}.${generateId()}`, body, subject: `make index '${spec.name}'` }, options)
      return undefined
    } catch (error) {
      const found = isRefused(error, 'illegal_state_exception') ? await this.#find(spec.name, options) : undefined
      if (found === undefined) throw error
      const health = { wait_for_status: 'yellow', timeout: '10s' }
      await this.#connection.request({ method: 'GET', path: `/_cluster/health/${alias}`, query: health, subject: `wait for index '${spec.name}'` }, options)
      return found
    }
  }

  #check(found: Found<Spec>, wanted: Spec): void {
    this.#kind.check?.(found.spec, wanted)
    requireEqualSpecs(this.#kind.kind, found.spec, wanted)
    requireNoDifferences(this.#kind.kind, wanted.name, compareMapping(this.#kind.fields(wanted), found.properties))
  }
}
