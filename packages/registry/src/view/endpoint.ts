import type { Health, HealthCause, Instance, InstanceStatus, InstanceView } from '../record/instance.ts'

/** One instance in memory: what it says, what is judged of it, and how many calls to it are under way here. */
export class Endpoint {
  readonly processId: string
  instance: Instance
  status: InstanceStatus
  health: Health = 'suspect'
  cause: HealthCause | undefined = 'unproven'
  /** Picks that are not done yet. */
  inFlight = 0

  constructor(processId: string, instance: Instance, status: InstanceStatus) {
    this.processId = processId
    this.instance = instance
    this.status = status
  }

  /** A frozen picture of it, for callers. */
  view(): InstanceView {
    const { instance, status, health, cause } = this
    return Object.freeze({ ...instance, status, health, ...(cause === undefined ? {} : { cause }) })
  }
}

/** The endpoints of one service. Pickers compare `revision` and rebuild only when it moved. */
export class ServiceEndpoints {
  readonly name: string
  /** In the order of their ids, so oldest first. */
  endpoints: readonly Endpoint[] = []
  /** Grows with every change of an endpoint's presence, status or health. */
  revision = 0

  constructor(name: string) {
    this.name = name
  }

  add(endpoint: Endpoint): void {
    this.endpoints = [...this.endpoints, endpoint].sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1))
    this.revision++
  }

  remove(endpoint: Endpoint): void {
    this.endpoints = this.endpoints.filter((other) => other !== endpoint)
    this.revision++
  }
}
