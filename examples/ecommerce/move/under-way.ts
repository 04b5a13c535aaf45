import { createDatabase } from '@hanse/data'
import { createEventBus, createOutbox } from '@hanse/event-bus'
import type { EventBus } from '@hanse/event-bus'
import { createRegistry } from '@hanse/registry'
import { sagaTables } from '@hanse/saga'
import { systemClock } from '@hanse/core'
import { groups } from '../contracts/groups.ts'
import { serviceNames } from '../contracts/routes.ts'
import type { ServiceName } from '../contracts/routes.ts'
import type { Engines } from '../service/engines.ts'
import { outboxRowsOf } from '../service/outbox-rows.ts'
import { registryPace } from '../service/registry-pace.ts'
import { tablesOf } from '../services/tables-of.ts'

const lookEveryMs = 200
/** Longer than the record of a process that was killed outlives it. */
const patienceMs = 60_000

/**
 * Makes sure that no process of the shop runs, wherever it may be: all of them tell the registry that they live.
 * @throws Error that names those that do
 */
export async function assertStopped(engines: Engines, print: (line: string) => void): Promise<void> {
  await using db = createDatabase({ engine: engines.state('registry'), tables: {} })
  await using registry = createRegistry({ store: db, ...registryPace, probe: false })
  const endsAt = systemClock.monotonic() + patienceMs
  for (let look = 0; ; look++) {
    const { instances } = await registry.getAll()
    // By its beats alone: this machine may not reach where it listens. One that was killed is known until its record ends.
    const there = instances.filter(({ status, health }) => status !== 'left' && health !== 'unreachable')
    if (there.length === 0) return
    const names = there.map(({ service, url }) => `${service} (${url})`).join(', ')
    if (there.some(({ cause }) => cause === undefined) || systemClock.monotonic() > endsAt)
      throw new Error(`The shop runs: ${names}. Stop it first; what is written during a move is lost.`)
    if (look === 0) print(`not signed off: ${names}; it takes half a minute to see whether they still run`)
    await systemClock.sleep(lookEveryMs)
  }
}

/** What keeps a stopped shop from being moved, and what should be known about it. Each a sentence. */
export interface UnderWay {
  readonly faults: readonly string[]
  readonly notes: readonly string[]
}

/** Looks for what has begun and not ended: events that are not published or not handled, and sagas. Changes nothing that anybody reads. */
export async function lookUnderWay(engines: Engines): Promise<UnderWay> {
  await using bus = createEventBus({ transport: engines.events(), source: 'move' })
  const found: UnderWay[] = []
  for (const owner of serviceNames) found.push(await waitingEvents(engines, owner, bus))
  for (const group of Object.values(groups)) found.push(await unhandledEvents(bus, group))
  found.push(await openSagas(engines))
  return { faults: found.flatMap(({ faults }) => faults), notes: found.flatMap(({ notes }) => notes) }
}

async function waitingEvents(engines: Engines, owner: ServiceName, bus: EventBus): Promise<UnderWay> {
  const tables = tablesOf[owner]
  await using db = createDatabase({ engine: engines.state(owner), tables })
  await using outbox = createOutbox({ store: db, bus, rows: outboxRowsOf(db, tables), relay: false })
  const count = await outbox.pending()
  return { faults: count === 0 ? [] : [`${owner}: ${count} events in its outbox are not published yet`], notes: [] }
}

async function unhandledEvents(bus: EventBus, group: string): Promise<UnderWay> {
  const { total } = await bus.lag({ group })
  let letters = 0
  for await (const _letter of bus.deadLetters({ group })) letters++
  return {
    faults: total === 0 ? [] : [`group ${group}: ${total} events are not handled yet`],
    notes: letters === 0 ? [] : [`group ${group}: ${letters} dead letters stay behind`],
  }
}

async function openSagas(engines: Engines): Promise<UnderWay> {
  await using db = createDatabase({ engine: engines.state('order-service'), tables: { sagaLog: sagaTables.sagaLog } })
  const counts = new Map<string, number>()
  for await (const { status } of db.sagaLog.scanStatic()) counts.set(status ?? '', (counts.get(status ?? '') ?? 0) + 1)
  const open = [...counts].filter(([status]) => !['completed', 'undone', 'needs-attention'].includes(status))
  const attention = counts.get('needs-attention') ?? 0
  return {
    faults: open.map(([status, count]) => `order-service: ${count} sagas are ${status}`),
    notes: attention === 0 ? [] : [`order-service: ${attention} sagas need attention, and will there as well`],
  }
}
