export { cassandraVectors } from './cassandra-vectors.ts'
export type { CassandraVectorsOptions } from './cassandra-vectors.ts'
