import { z } from 'zod'

/** Addresses of the servers that a shop on a cluster works with. */
export interface ClusterAddresses {
  /** Nodes of Cassandra without their port, the port that all of them share, and the data centre of this process. */
  readonly cassandra: { readonly contactPoints: readonly string[]; readonly port: number; readonly localDataCenter: string }
  /** Brokers, each `host:port`. */
  readonly kafka: { readonly brokers: readonly string[] }
  /** Where Elasticsearch answers. */
  readonly elasticsearch: { readonly node: string; readonly auth?: { readonly username: string; readonly password: string } }
  /** Copies of every row, of every partition of an event and of every search shard beside the first. */
  readonly copies: number
}

/** What the shop keeps its state in: files of one machine, or servers. */
export type EngineConfig = { readonly kind: 'embedded' } | ({ readonly kind: 'cluster' } & ClusterAddresses)

const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .refine((parts) => parts.length > 0, 'must name at least one address')

/** The settings that say where the servers are. */
export const clusterEnvironment = {
  CASSANDRA_HOSTS: list.optional(),
  CASSANDRA_DATACENTER: z.string().min(1).optional(),
  KAFKA_BROKERS: list.optional(),
  ELASTICSEARCH_URL: z.url({ protocol: /^https?$/ }).optional(),
  ELASTICSEARCH_USERNAME: z.string().min(1).optional(),
  ELASTICSEARCH_PASSWORD: z.string().min(1).optional(),
  CLUSTER_COPIES: z.coerce.number().int().min(1).max(9).default(1),
} as const

/** Those settings, read. */
export type ClusterSettings = z.output<z.ZodObject<typeof clusterEnvironment>>

/**
 * The addresses that settings name; undefined when they name none.
 * @throws Error that names every setting that is missing, when some are there
 */
export function clusterAddresses(settings: ClusterSettings): ClusterAddresses | undefined {
  const { CASSANDRA_HOSTS: hosts, CASSANDRA_DATACENTER: localDataCenter, KAFKA_BROKERS: brokers, ELASTICSEARCH_URL: node } = settings
  const given = { CASSANDRA_HOSTS: hosts, KAFKA_BROKERS: brokers, ELASTICSEARCH_URL: node }
  if (Object.values(given).every((value) => value === undefined)) return undefined
  if (hosts === undefined || brokers === undefined || node === undefined || localDataCenter === undefined) {
    const missing = Object.entries({ ...given, CASSANDRA_DATACENTER: localDataCenter }).flatMap(([name, value]) => (value === undefined ? [name] : []))
    throw new Error(`A shop on servers needs all of their addresses; missing: ${missing.join(', ')}.`)
  }
  const ports = new Set(hosts.map((host) => host.split(':')[1] ?? '9042'))
  const [port = '9042', another] = ports
  if (another !== undefined) throw new Error(`CASSANDRA_HOSTS must name nodes on one port; got ${[...ports].join(' and ')}.`)
  return {
    cassandra: { contactPoints: hosts.map((host) => host.split(':')[0] ?? host), port: Number(port), localDataCenter },
    kafka: { brokers },
    elasticsearch: { node, ...elasticsearchAuth(settings) },
    copies: settings.CLUSTER_COPIES,
  }
}

function elasticsearchAuth({ ELASTICSEARCH_USERNAME: username, ELASTICSEARCH_PASSWORD: password }: ClusterSettings) {
  if (username === undefined && password === undefined) return {}
  if (username === undefined || password === undefined)
    throw new Error('ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD go together; one of them is missing.')
  return { auth: { username, password } }
}

/** The settings that {@link clusterAddresses} reads back to `addresses`. */
export function clusterSettings({ cassandra, kafka, elasticsearch, copies }: ClusterAddresses): Record<string, string> {
  return {
    CASSANDRA_HOSTS: cassandra.contactPoints.map((host) => `${host}:${cassandra.port}`).join(','),
    CASSANDRA_DATACENTER: cassandra.localDataCenter,
    KAFKA_BROKERS: kafka.brokers.join(','),
    ELASTICSEARCH_URL: elasticsearch.node,
    ...(elasticsearch.auth === undefined ? {} : { ELASTICSEARCH_USERNAME: elasticsearch.auth.username, ELASTICSEARCH_PASSWORD: elasticsearch.auth.password }),
    CLUSTER_COPIES: String(copies),
  }
}
