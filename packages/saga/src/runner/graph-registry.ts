import { HanseError, invalidArgument } from '@hanse/core'
import type { Saga } from '../definition/define-saga.ts'
import { fingerprint } from '../definition/saga-graph.ts'
import type { SagaGraph } from '../definition/saga-graph.ts'
import type { SagaErrorCode } from '../errors.ts'
import type { SagaOrigin } from '../log/saga-log.ts'

/** A registered definition, and the text that its shape gives. */
export interface RegisteredGraph {
  readonly graph: SagaGraph
  readonly fingerprint: string
}

/** The definitions of an orchestrator, by name and version. */
export class GraphRegistry {
  readonly #byName = new Map<string, Map<number, RegisteredGraph>>()

  constructor(sagas: readonly Saga[]) {
    if (!Array.isArray(sagas) || sagas.length === 0)
      throw invalidArgument("option 'sagas' of createSagaOrchestrator", 'an array of at least one definition', sagas)
    for (const { graph } of sagas) this.#add(graph)
  }

  #add(graph: SagaGraph): void {
    if (graph.nodes.length === 0) throw invalidArgument(`saga '${graph.name}' version ${graph.version}`, 'a definition with at least one step', graph.nodes)
    const versions = this.#byName.get(graph.name) ?? new Map<number, RegisteredGraph>()
    if (versions.has(graph.version)) throw invalidArgument(`saga '${graph.name}' version ${graph.version}`, 'registered once', graph)
    versions.set(graph.version, { graph, fingerprint: fingerprint(graph) })
    this.#byName.set(graph.name, versions)
  }

  /** All names. */
  get names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  /** The newest version of a name: what new sagas start on. */
  newest(name: string): RegisteredGraph {
    const versions = this.#byName.get(name)
    const newest = versions?.get(Math.max(...versions.keys()))
    if (newest !== undefined) return newest
    const known = this.names.map((each) => `'${each}'`).join(', ')
    throw new HanseError<SagaErrorCode>(`no saga is named '${name}'; registered are ${known}. Add its definition to option 'sagas'.`, {
      code: 'SAGA_UNKNOWN',
      details: { name },
    })
  }

  /** Whether any version of a name is here. */
  knows(name: string): boolean {
    return this.#byName.has(name)
  }

  /** The definition that a saga started with, or why it cannot go on here. */
  of(origin: SagaOrigin): RegisteredGraph | string {
    const found = this.#byName.get(origin.name)?.get(origin.version)
    if (found === undefined) return `version ${origin.version} of saga '${origin.name}' is not registered; register the definition that it started with.`
    if (found.fingerprint === origin.graph) return found
    return `version ${origin.version} of saga '${origin.name}' has other steps than when the saga started; give the changed definition a new version and register both.`
  }

  /**
   * As {@link GraphRegistry.of}.
   * @throws HanseError `SAGA_VERSION_MISSING`
   */
  demand(origin: SagaOrigin): RegisteredGraph {
    const found = this.of(origin)
    if (typeof found !== 'string') return found
    throw new HanseError<SagaErrorCode>(found, { code: 'SAGA_VERSION_MISSING', details: { name: origin.name, version: origin.version } })
  }
}
