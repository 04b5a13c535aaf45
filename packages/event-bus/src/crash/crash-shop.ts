import { createDatabase, sqlite, table } from '@hanse/data'
import { outboxFields } from '../index.ts'

/** State that is written with plain writes. */
const notes = table('notes', { fields: { key: 'text', n: 'int', text: 'text' }, key: [['key'], 'n'] })
/** State that is written conditionally. */
const steps = table('steps', {
  fields: { key: 'text', n: 'int', status: 'text', ...outboxFields },
  key: [['key'], 'n'],
  required: ['status'],
  conditional: true,
})
/** One row for each time that an event had its effect. */
const effects = table('effects', { fields: { event: 'text', run: 'text' }, key: [['event'], 'run'] })

/** The databases of the crash tests: the writers' and the readers'. */
export const openShop = (file: string) => createDatabase({ engine: sqlite({ file }), tables: { notes, steps } })
export const openEffects = (file: string) => createDatabase({ engine: sqlite({ file }), tables: { effects } })
