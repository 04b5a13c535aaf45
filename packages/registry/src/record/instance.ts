/** One running copy of a service: what it said about itself when it registered. Never changes. */
export interface Instance {
  /** A UUIDv7, new at every registration, so two instances on one host never collide. */
  readonly id: string
  /** The name of the service. */
  readonly service: string
  /** The origin to send requests to, without a slash at the end: `http://10.0.0.7:3001`. */
  readonly url: string
  readonly scheme: 'http' | 'https'
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string
  /** From 1 to 65535. */
  readonly port: number
  /** The version of the service, as semver. */
  readonly version: string
  /** Where its health is asked for; absent when it named none, then only its port is tried. */
  readonly healthUrl?: string
  /** Free facts, string to string. */
  readonly metadata: Readonly<Record<string, string>>
  /** Where it runs, in the user's own words. */
  readonly zone?: string
  /** Its share of the traffic against the others', for `weighted` and `least-requests`; 1 unless told otherwise. */
  readonly weight: number
  /** When it registered, on its own clock. */
  readonly startedAt: Date
  /** Of two instances that give the same address, the one with the higher incarnation is the living one. */
  readonly incarnation: number
}

/** What an instance says it does: serve, finish its work, or be gone. */
export type InstanceStatus = 'up' | 'leaving' | 'left'

/**
 * What this observer judges of an instance:
 *
 * - `healthy`: picked.
 * - `suspect`: something speaks against it; picked only when too few are healthy.
 * - `unreachable`: confirmed; not picked.
 */
export type Health = 'healthy' | 'suspect' | 'unreachable'

/**
 * Why an instance is not simply healthy:
 *
 * - `unproven`: its record was there before we looked; it has not yet shown that it lives.
 * - `silent`: its beats do not come.
 * - `reported`: callers reported failures.
 * - `probe-failed`: probes failed.
 * - `superseded`: a newer process holds its address.
 */
export type HealthCause = 'unproven' | 'silent' | 'reported' | 'probe-failed' | 'superseded'

/** An instance with what is known of its state. */
export interface InstanceView extends Instance {
  readonly status: InstanceStatus
  readonly health: Health
  /** Absent while it is healthy without reserve. */
  readonly cause?: HealthCause
}

/** Metadata that an instance must have, entry by entry. */
export type MetadataMatch = Readonly<Record<string, string>>
