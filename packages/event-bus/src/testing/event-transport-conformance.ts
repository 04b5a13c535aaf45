import { busCases } from './bus-cases.ts'
import { groupCases } from './group-cases.ts'
import { logCases } from './log-cases.ts'
import type { TransportCase } from './log-cases.ts'

/**
 * What every transport must show: topics, appends and scans; groups, offsets and hand-over; and the bus's promises on top.
 * Run each case on a harness of its own, with any test runner; skip those whose `requires` the transport does not declare.
 *
 * @example
 * ```ts
 * for (const each of eventTransportConformance) {
 *   const skip = !(each.requires ?? []).every((capability) => myTransport().capabilities.includes(capability))
 *   test(each.name, { skip }, () => each.run({ transport: myTransport() }))
 * }
 * ```
 */
export const eventTransportConformance: readonly TransportCase[] = [...logCases, ...groupCases, ...busCases]
