import { auth, Client, policies } from 'cassandra-driver'
import type { ServerPlan } from '../plan/server-plan.ts'
import { isReachable } from './reachable.ts'

/**
 * Ready means that every node lists every other (and those that join later) and that all of them hold the same schema: for a moment after its start a node knows no peers,
 * and a driver takes that for agreement.
 */
export async function cassandraIsReady(plans: readonly ServerPlan[]): Promise<true | string> {
  const schemas = new Set<string>()
  for (const plan of plans) {
    if (!(await isReachable(plan))) return `${plan.name} accepts no connection at ${plan.host}:${plan.port}`
    const view = await viewOf(plan)
    if (typeof view === 'string') return view
    if (view.peers < plans.length - 1) return `${plan.name} sees ${view.peers} of ${plans.length - 1} other nodes`
    for (const schema of view.schemas) schemas.add(schema)
  }
  return schemas.size === 1 || `the nodes hold ${schemas.size} different schemas`
}

interface View {
  readonly peers: number
  readonly schemas: readonly string[]
}

async function viewOf(plan: ServerPlan): Promise<View | string> {
  const client = new Client({
    contactPoints: [plan.host],
    protocolOptions: { port: plan.port },
    localDataCenter: 'datacenter1',
    // Sent only where the server asks: the account that a new server has.
    authProvider: new auth.PlainTextAuthProvider('cassandra', 'cassandra'),
    policies: {
      loadBalancing: new policies.loadBalancing.AllowListPolicy(new policies.loadBalancing.RoundRobinPolicy(), [`${plan.host}:${plan.port}`]),
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(60_000),
    },
    socketOptions: { connectTimeout: 2_000, readTimeout: 4_000 },
    pooling: { coreConnectionsPerHost: { 0: 1, 1: 1, 2: 1 }, warmup: false },
    isMetadataSyncEnabled: false,
  })
  // The driver emits what its connections meet; what matters here is what the queries answer.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const local = await client.execute('SELECT schema_version FROM system.local')
    const peers = await client.execute('SELECT schema_version FROM system.peers_v2')
    return { peers: peers.rowLength, schemas: [...local.rows, ...peers.rows].map((row) => String(row['schema_version'])) }
  } catch (error) {
    return `${plan.name} accepts connections but no queries yet (${error instanceof Error ? error.message : String(error)})`
  } finally {
    await client.shutdown()
  }
}
