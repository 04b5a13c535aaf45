export { cassandra } from './cassandra.ts'
export type { CassandraOptions } from './cassandra.ts'
