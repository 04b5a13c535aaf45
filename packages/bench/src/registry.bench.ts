// Picking an instance: pickers of @hanse/registry against the way moleculer's broker finds an endpoint for each call.
import { createDatabase, sqlite } from '@hanse/data'
import { createRegistry } from '@hanse/registry'
import type { Picker, Registry } from '@hanse/registry'
import { ServiceBroker } from 'moleculer'
import { compare } from './compare.ts'
import type { Comparison, Side } from './compare.ts'

const service = 'greeter'
const sliceMs = 150

export async function run(): Promise<readonly Comparison[]> {
  return [await atSize(10), await atSize(1_000)]
}

async function atSize(size: number): Promise<Comparison> {
  await using db = createDatabase({ engine: sqlite({ file: ':memory:' }), tables: {} })
  await using registry = createRegistry({ store: db, probe: false })
  await fill(registry, size)
  const broker = await moleculerWith(size)
  try {
    return await compare(`registry: pick of ${size.toLocaleString('en')} endpoints`, 'picks/s', [
      pickerSide('@hanse/registry, least-requests, done called', registry.picker(service, { strategy: 'least-requests' })),
      pickerSide('@hanse/registry, round-robin, done called', registry.picker(service, { strategy: 'round-robin' })),
      sliceSide('moleculer, round-robin', () => broker.findNextActionEndpoint(`${service}.greet`)),
    ])
  } finally {
    await broker.stop()
  }
}

async function fill(registry: Registry, size: number): Promise<void> {
  const register = (index: number) => registry.register({ name: service, url: `http://10.0.${index >> 8}.${index & 255}:3000`, version: '1.0.0' })
  await Promise.all(Array.from({ length: size }, (_, index) => register(index)))
  const { length } = await registry.discover(service)
  if (length !== size) throw new Error(`the registry shows ${length} instances of ${size}`)
}

function pickerSide(name: string, picker: Picker): Side {
  return sliceSide(name, () => picker.pick().done({ ok: true }))
}

/** Counts calls in a fixed time, because the sides differ by orders of magnitude. */
function sliceSide(name: string, call: () => unknown): Side {
  return {
    name,
    async run() {
      const end = performance.now() + sliceMs
      let operations = 0
      do {
        for (let index = 0; index < 500; index++) call()
        operations += 500
      } while (performance.now() < end)
      return operations
    },
  }
}

/** A broker that was told of other nodes as its transporter would tell it. */
async function moleculerWith(size: number): Promise<ServiceBroker> {
  const broker = new ServiceBroker({ nodeID: 'caller', logger: false, skipProcessEventRegistration: true })
  await broker.start()
  const action = { name: `${service}.greet`, rawName: 'greet' }
  for (let index = 0; index < size; index++) {
    const services = [{ name: service, fullName: service, settings: {}, metadata: {}, actions: { [action.name]: action }, events: {} }]
    const host = { ipList: ['10.0.0.1'], hostname: 'node', client: {}, config: {}, metadata: {}, instanceID: `instance-${index}`, seq: 1 }
    broker.registry.processNodeInfo({ sender: `node-${index}`, ver: '4', services, ...host })
  }
  const { length } = broker.registry.getActionEndpoints(action.name)?.endpoints ?? []
  if (length !== size) throw new Error(`moleculer shows ${length} endpoints of ${size}`)
  return broker
}
