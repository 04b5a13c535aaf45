import { table } from '@hanse/data'

/** Who is handling an event now. The row goes by itself when the lease is over. */
const inboxClaims = table('hanse_event_bus_inbox_claim', {
  fields: { consumer: 'text', event: 'text', owner: 'text' },
  key: [['consumer', 'event']],
  required: ['owner'],
  conditional: true,
})

/** Which events have had their effect. A table of its own: it is written beside effects, by plain writes. */
const inboxDone = table('hanse_event_bus_inbox_done', {
  fields: { consumer: 'text', event: 'text', owner: 'text' },
  key: [['consumer', 'event']],
  required: ['owner'],
})

/** The tables that an inbox adds to its store. Where start only verifies, create them with your migrations. */
export const inboxTables = { claims: inboxClaims, done: inboxDone }
