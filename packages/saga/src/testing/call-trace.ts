import type { SagaGraph } from '../definition/saga-graph.ts'
import { SagaRejection } from '../definition/saga-rejection.ts'
import type { StepContext } from '../definition/step-context.ts'
import type { LoggedHistory } from '../log/saga-log.ts'
import { isEnded } from '../machine/saga-state.ts'
import { replay } from '../runner/replay.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/** One call that reached a participant. */
export interface TracedCall {
  readonly step: string
  readonly direction: 'run' | 'undo'
  readonly key: string
  /** It came from a process that had stood still: only the participants can stand up to it, by its key. */
  readonly late: boolean
  ended: 'done' | 'rejected' | 'failed' | undefined
}

/** A graph whose participants are called through a process, and traced where the call arrives. */
export function tracedGraph(graph: SagaGraph, process: SimulatedProcess, trace: TracedCall[]): SagaGraph {
  const through = async (step: string, direction: 'run' | 'undo', context: StepContext<unknown, unknown>, work: () => unknown): Promise<unknown> =>
    process.call('participant', async () => {
      const call: TracedCall = { step, direction, key: context.idempotencyKey, late: process.late, ended: undefined }
      trace.push(call)
      try {
        const result: unknown = await work()
        call.ended = 'done'
        return result
      } catch (error) {
        call.ended = SagaRejection.isInstance(error) ? 'rejected' : 'failed'
        throw error
      }
    })
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      run: (context) => through(node.name, 'run', context, () => node.run(context)),
      undo: (context, result) => through(node.name, 'undo', context, () => node.undo(context, result)),
    })),
  }
}

/**
 * Checks what must hold for every saga, whatever it does: the first broken promise in words, or `undefined`.
 * Pure: it looks at the calls in the order in which they arrived, and at the log.
 */
export function brokenPromise(graph: SagaGraph, saga: LoggedHistory | undefined, trace: readonly TracedCall[]): string | undefined {
  if (saga === undefined) return 'the saga was acknowledged and is not in the log'
  const { status } = saga.head
  if (!isEnded(status)) return `the saga is still ${status} and nobody brings it to its end`
  if (replay(graph.nodes, saga.events).status !== status) return `the events of the log do not lead to its status ${status}`
  if (saga.events.some((row, index) => row.seq !== index)) return 'the log has a gap or a repeated event'
  const inTime = trace.filter((call) => !call.late)
  return brokenKey(saga.origin.id, trace) ?? brokenOrder(graph, inTime) ?? brokenPivot(graph, status, inTime) ?? brokenEnd(graph, status, inTime)
}

function brokenKey(id: string, trace: readonly TracedCall[]): string | undefined {
  const wrong = trace.find((call) => call.key !== `${id}:${call.step}:${call.direction}`)
  return wrong === undefined ? undefined : `'${wrong.step}' was called with the idempotency key '${wrong.key}'`
}

function brokenOrder(graph: SagaGraph, trace: readonly TracedCall[]): string | undefined {
  const order = graph.nodes.map((node) => node.name)
  let undoing = Number.POSITIVE_INFINITY
  const done = new Set<string>()
  for (const call of trace) {
    const index = order.indexOf(call.step)
    if (call.direction === 'run') {
      const before = order[index - 1]
      if (before !== undefined && !done.has(before)) return `'${call.step}' ran before '${before}' was done`
      if (call.ended === 'done') done.add(call.step)
      if (undoing < Number.POSITIVE_INFINITY) return `'${call.step}' ran while the saga went back`
      continue
    }
    if (index > undoing) return `'${call.step}' was undone after '${order[undoing]}', which ran before it`
    undoing = index
  }
  return undefined
}

function brokenPivot(graph: SagaGraph, status: string, trace: readonly TracedCall[]): string | undefined {
  const pivot = graph.nodes.find((node) => node.kind === 'pivot')?.name
  if (pivot === undefined || !trace.some((call) => call.step === pivot && call.direction === 'run' && call.ended === 'done')) return undefined
  const undone = trace.find((call) => call.direction === 'undo')
  if (undone !== undefined) return `'${undone.step}' was undone although the pivot '${pivot}' was done`
  return status === 'undone' ? `the saga counts as undone although the pivot '${pivot}' was done` : undefined
}

function brokenEnd(graph: SagaGraph, status: string, trace: readonly TracedCall[]): string | undefined {
  for (const node of graph.nodes) {
    const calls = trace.filter((call) => call.step === node.name)
    const ran = calls.some((call) => call.direction === 'run' && call.ended === 'done')
    if (status === 'completed' && !ran) return `the saga completed although '${node.name}' was never done`
    const last = calls.findLast((call) => call.ended === 'done')
    if (status === 'undone' && node.undoable && ran && last?.direction !== 'undo')
      return `the saga counts as undone although '${node.name}' was done and not undone`
  }
  return undefined
}
