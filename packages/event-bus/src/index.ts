export { createEventBus, publishChannel } from './create-event-bus.ts'
export type { PublishMessage } from './create-event-bus.ts'
export type { EventBus, EventBusOptions, LagOptions, PublishOptions } from './event-bus.ts'
export { eventBusErrorCodes } from './errors.ts'
export type { EventBusErrorCode } from './errors.ts'
export { defineEvent } from './event/define-event.ts'
export type { EventDefinition, EventInput, EventOptions, EventOutput } from './event/define-event.ts'
export type { BusEvent, EncodedEvent, EventOf } from './event/bus-event.ts'
export type { EncodeOptions } from './event/encode-event.ts'
export type { DeadLetterCause, DeadLetterFilter, Letter } from './consume/dead-letter-store.ts'
export type { EventHandler, EventPosition, HandlerContext } from './consume/handler.ts'
export { processChannel } from './consume/event-settler.ts'
export type { ProcessMessage } from './consume/event-settler.ts'
export type { GroupLag, PartitionLag } from './consume/lag.ts'
export { DeadLetter, Drop, RetryLater } from './consume/settlement.ts'
export type { SettlementOptions } from './consume/settlement.ts'
export type { RetryOptions } from './consume/retry-policy.ts'
export type { SubscribeOptions, Subscription } from './consume/subscription.ts'
export { createInbox } from './inbox/inbox.ts'
export { inboxTables } from './inbox/inbox-tables.ts'
export type { EffectWrites, Inbox, InboxOptions, OnceHandler } from './inbox/inbox.ts'
export { createOutbox } from './outbox/outbox.ts'
export type { Outbox, OutboxOptions } from './outbox/outbox.ts'
export { outboxFields, outboxTables } from './outbox/outbox-tables.ts'
export type { OutboxRows, PendingEvents } from './outbox/pending-events.ts'
export { embedded } from './transport/embedded.ts'
export type { EmbeddedRetention, EmbeddedTransportOptions } from './transport/embedded.ts'
export { transportCapabilities } from './transport/event-transport.ts'
export type {
  AssignedPartition,
  ConnectOptions,
  EnsureTopicsOptions,
  EventTransport,
  GroupPosition,
  JoinOptions,
  LogRecord,
  Membership,
  OutgoingRecord,
  PartitionSink,
  TopicSpec,
  TransportCapability,
  TransportSession,
} from './transport/event-transport.ts'
export { partitionOf } from './transport/key-hash.ts'
