import type { InstanceView } from '../record/instance.ts'

/** What happened to an instance, as this observer sees it. */
export type RegistryChangeType =
  | 'instance-registered'
  | 'instance-updated'
  | 'instance-recovered'
  | 'instance-suspected'
  | 'instance-lost'
  | 'instance-leaving'
  | 'instance-removed'

/** One change of one instance. */
export interface RegistryChange {
  readonly type: RegistryChangeType
  /** The instance after the change; as it last was, when it was removed. */
  readonly instance: InstanceView
}

/** Everything that is known at one moment. */
export interface RegistrySnapshot {
  /** Grows with every change this observer sees; not comparable between processes. */
  readonly revision: number
  /** `stale` while the store does not answer: then this is the last that was known, and nobody is removed. */
  readonly source: 'live' | 'stale'
  /** How long ago the store was last read, in milliseconds. */
  readonly ageMs: number
  /** By service, then by id. Instances that left are listed until their record expires. */
  readonly instances: readonly InstanceView[]
}

/** One step of a watch: what changed, and everything as it is then. */
export interface RegistryUpdate extends RegistrySnapshot {
  /** Empty in the first update, which tells the state at the start. A reader that falls behind gets the latest change of each instance. */
  readonly changes: readonly RegistryChange[]
}
