export { kafka } from './kafka.ts'
export type { KafkaOptions, KafkaSasl } from './kafka-options.ts'
