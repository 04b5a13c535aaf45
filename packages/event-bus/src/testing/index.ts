export { eventTransportConformance } from './event-transport-conformance.ts'
export type { TransportCase } from './log-cases.ts'
export type { EventTransportHarness } from './transport-harness.ts'
