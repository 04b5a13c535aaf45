/**
 * What the events of an order say, as a list of steps to show. Pure: events in, steps out.
 *
 * @typedef {{ at: string, step: string, kind: 'started' | 'completed' | 'failed' | 'undoing' | 'undone', attempt: number, detail?: string }} Progress
 * @typedef {'waiting' | 'running' | 'done' | 'failed' | 'undoing' | 'undone'} StepState
 * @typedef {{ step: string, label: string, state: StepState, at: string | undefined, attempt: number, detail: string | undefined }} Step
 */

/** The steps that every order passes, in order. Others that the shop reports are put where they first appear. */
const expected = ['reserveStock', 'chargePayment', 'confirmOrder']

/** Steps that mean nothing to a customer. */
const hidden = new Set(['openOrder'])

/** @type {Readonly<Record<string, string>>} */
const labels = {
  reserveStock: 'Goods set aside for you',
  chargePayment: 'Payment',
  sellStock: 'Goods handed to dispatch',
  confirmOrder: 'Order confirmed',
}

/** @type {Readonly<Record<Progress['kind'], StepState>>} */
const states = { started: 'running', completed: 'done', failed: 'failed', undoing: 'undoing', undone: 'undone' }

/**
 * The steps after some events. While an order goes on and nothing has failed, the first step that has not reported yet is
 * the one that is being worked on: the shop tells when a step is over, not always when it begins.
 * @param {readonly Progress[]} events in the order in which they happened
 * @param {{ ended?: boolean }} [options]
 * @returns {Step[]}
 */
export function stepsOf(events, { ended = false } = {}) {
  /** @type {Step[]} */
  const steps = expected.map((step) => blank(step))
  for (const event of events) {
    if (hidden.has(event.step)) continue
    const step = steps.find((one) => one.step === event.step) ?? insert(steps, event.step)
    Object.assign(step, { state: states[event.kind] ?? step.state, at: event.at, attempt: Math.max(step.attempt, event.attempt ?? 1), detail: event.detail })
  }
  const smooth = steps.every((step) => step.state === 'waiting' || step.state === 'done')
  const next = steps.find((step) => step.state === 'waiting')
  if (!ended && smooth && next !== undefined) next.state = 'running'
  return steps
}

/**
 * Adds events without repeating any: a stream that reconnects may send what was seen before.
 * @param {readonly Progress[]} known
 * @param {Progress} next
 * @returns {readonly Progress[]}
 */
export function addEvent(known, next) {
  const same = known.some((one) => one.at === next.at && one.step === next.step && one.kind === next.kind && one.attempt === next.attempt)
  return same ? known : [...known, next]
}

/**
 * What a step's state means in words.
 * @param {Step} step
 * @returns {string}
 */
export function stateText({ state, attempt, detail }) {
  const more = detail === undefined || detail === '' ? '' : `: ${detail.replaceAll('_', ' ')}`
  const text = {
    waiting: 'Not begun yet',
    running: attempt > 1 ? `Trying again, attempt ${attempt}` : 'In progress',
    done: attempt > 1 ? `Done, at attempt ${attempt}` : 'Done',
    failed: `Did not work${more}`,
    undoing: 'Being taken back',
    undone: 'Taken back',
  }
  return text[state]
}

/** @param {Step[]} steps @param {string} name */
function insert(steps, name) {
  const added = blank(name)
  // An unknown step is on its way to the first known one that has not begun.
  const before = steps.findIndex((step) => step.state === 'waiting')
  steps.splice(before === -1 ? steps.length : before, 0, added)
  return added
}

/** @param {string} step @returns {Step} */
function blank(step) {
  return { step, label: labels[step] ?? humanise(step), state: 'waiting', at: undefined, attempt: 0, detail: undefined }
}

/** @param {string} name */
function humanise(name) {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
