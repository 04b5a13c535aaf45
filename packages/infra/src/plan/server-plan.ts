import { join } from 'node:path'
import type { EngineName } from './engine.ts'

/** Where one server of a cluster listens. */
export interface Address {
  readonly host: string
  /** Where clients connect. */
  readonly port: number
  /** Where the servers of a cluster speak with each other. */
  readonly internalPort: number
}

/** Everything that decides how one server is started. Plain data; it is kept in the state file. */
export interface ServerPlan extends Address {
  /** `cassandra-1`, `kafka-2` … */
  readonly name: string
  readonly engine: EngineName
  readonly version: string
  /** From 0. */
  readonly index: number
  /** All servers of this engine, this one included. */
  readonly members: readonly Address[]
  /** The server's own folder: configuration, data, log. */
  readonly directory: string
  /** Whether an acknowledged write must outlive `kill -9`; throw-away servers are faster without. */
  readonly durable: boolean
  /** Lines for the server's own settings file, over those of this package. */
  readonly settings: ServerSettings
  /** Passwords by user, which Kafka knows for SCRAM. */
  readonly scramUsers: Readonly<Record<string, string>>
}

/** Settings of a server by their own names, values as its settings file has them: YAML for Cassandra and Elasticsearch, text for Kafka. */
export type ServerSettings = Readonly<Record<string, string>>

/** Settings, or what makes them for each server of a cluster from where it listens. */
export type SettingsSource = ServerSettings | ((address: Address) => ServerSettings)

/** What {@link planServers} decides from. */
export interface PlanInput {
  readonly engine: EngineName
  readonly version: string
  readonly addresses: readonly Address[]
  readonly directory: string
  readonly durable: boolean
  readonly settings?: SettingsSource | undefined
  readonly scramUsers?: Readonly<Record<string, string>> | undefined
}

/** The servers of one engine. */
export function planServers(input: PlanInput): readonly ServerPlan[] {
  return input.addresses.map((address, index) => {
    const name = `${input.engine}-${index + 1}`
    return {
      ...address,
      name,
      engine: input.engine,
      version: input.version,
      index,
      members: input.addresses,
      directory: join(input.directory, name),
      durable: input.durable,
      scramUsers: input.scramUsers ?? {},
      settings: (typeof input.settings === 'function' ? input.settings(address) : input.settings) ?? {},
    }
  })
}
