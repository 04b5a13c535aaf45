import { el } from '../dom.js'
import { stateText } from '../order-progress.js'
import { icon } from './icon.js'

const icons = { waiting: '', running: '', done: 'check', failed: 'cross', undoing: 'back', undone: 'back' }

/**
 * The steps of an order from top to bottom.
 * @param {readonly import('../order-progress.js').Step[]} steps
 */
export function timeline(steps) {
  return el(
    'ol',
    { class: 'timeline' },
    steps.map((step) =>
      el(
        'li',
        { class: `step step-${step.state}`, 'aria-current': step.state === 'running' || step.state === 'undoing' ? 'step' : undefined },
        el('span', { class: 'step-mark', 'aria-hidden': 'true' }, icons[step.state] !== '' && icon(icons[step.state])),
        el(
          'div',
          {},
          el('strong', {}, step.label),
          el('p', { class: 'fine' }, stateText(step), step.at !== undefined && el('time', { datetime: step.at }, ` · ${clockText(step.at)}`)),
        ),
      ),
    ),
  )
}

/** @param {string} at */
function clockText(at) {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? '' : time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}
