export type { SagaFault } from './fault-schedule.ts'
export { simulate } from './simulate.ts'
export type { SimulateOptions, SimulationReport } from './simulate.ts'
