export { defineSaga } from './definition/define-saga.ts'
export type {
  CommittedSagaBuilder,
  FreshStep,
  PivotOptions,
  RetriableOptions,
  Saga,
  SagaBuilder,
  SagaInput,
  SagaOptions,
  SagaResults,
  StepOptions,
  StepTiming,
  WithResult,
} from './definition/define-saga.ts'
export type { ResolvedRetry, RetryPolicy } from './definition/retry-policy.ts'
export type { PlannedStep, SagaGraph, SagaNode, StepKind, StepNode } from './definition/saga-graph.ts'
export { SagaRejection } from './definition/saga-rejection.ts'
export type { SagaRejectionOptions } from './definition/saga-rejection.ts'
export type { StepContext } from './definition/step-context.ts'
export type { Json, Stored } from './definition/stored.ts'
export { sagaErrorCodes } from './errors.ts'
export type { SagaErrorCode } from './errors.ts'
export type { LoggedStatus } from './log/saga-log.ts'
export type { SagaEvent, SagaEventTime, SagaFailure, SagaStepEvent } from './machine/saga-event.ts'
export type { SagaReason, SagaStatus, StepPhase } from './machine/saga-state.ts'
export type { ListOptions, SagaPage } from './operator/list-sagas.ts'
export type { SagaHistoryEntry, SagaOutcome, SagaSnapshot, SagaSummary, StepSnapshot } from './operator/saga-snapshot.ts'
export type { OrchestratorSettings, SagaOrchestratorOptions } from './runner/orchestrator-options.ts'
export type { SagaAttemptMessage } from './runner/perform-attempt.ts'
export { createSagaOrchestrator } from './runner/saga-orchestrator.ts'
export type { InputOf, RepairOptions, SagaName, SagaOrchestrator, StartedSaga } from './runner/saga-orchestrator.ts'
export { sagaId } from './runner/start-request.ts'
export type { StartOptions } from './runner/start-request.ts'
export { sagaTables } from './log/saga-tables.ts'
