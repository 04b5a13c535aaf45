import { table } from '@hanse/data'

/** One partition a saga: its origin and head in static columns, its events as rows that never change. */
export const sagaLogTable = table('hanse_saga_log', {
  fields: {
    saga_id: 'text',
    seq: 'int',
    name: 'text',
    version: 'int',
    graph: 'text',
    input: 'text',
    input_hash: 'text',
    business_key: 'text',
    correlation_id: 'text',
    trace: 'text',
    started_at: 'timestamp',
    status: 'text',
    head: 'int',
    epoch: 'int',
    owner: 'text',
    reason: 'text',
    writer: 'text',
    kind: 'text',
    at: 'timestamp',
    data: 'text',
  },
  key: [['saga_id'], 'seq'],
  static: [
    'name',
    'version',
    'graph',
    'input',
    'input_hash',
    'business_key',
    'correlation_id',
    'trace',
    'started_at',
    'status',
    'head',
    'epoch',
    'owner',
    'reason',
  ],
  required: ['writer', 'kind', 'at'],
  conditional: true,
})

/** What each session said it would own, in buckets that it numbers itself. Append only; rows end by their time to live. */
const sagaOpenTable = table('hanse_saga_open', {
  fields: { session: 'text', bucket: 'int', saga_id: 'text', name: 'text' },
  key: [['session', 'bucket'], 'saga_id'],
})

/** Life signs: one row a session. */
const sagaSessionTable = table('hanse_saga_session', {
  fields: { scope: 'text', session: 'text', beat: 'int', low: 'int', high: 'int', state: 'text' },
  key: [['scope'], 'session'],
})

/** Sagas by name and hour of their start. */
const sagaIndexTable = table('hanse_saga_index', {
  fields: { name: 'text', scope: 'text', hour: 'int', started_at: 'timestamp', saga_id: 'text' },
  key: [['name', 'scope', 'hour'], 'started_at', 'saga_id'],
  order: { started_at: 'desc' },
})

/** The hours of a name that have sagas. */
const sagaHourTable = table('hanse_saga_hour', {
  fields: { name: 'text', scope: 'text', hour: 'int' },
  key: [['name', 'scope'], 'hour'],
  order: { hour: 'desc' },
})

/** The tables that an orchestrator adds to its store. Where start only verifies, create them with your migrations. */
export const sagaTables = {
  sagaLog: sagaLogTable,
  sagaOpen: sagaOpenTable,
  sagaSession: sagaSessionTable,
  sagaIndex: sagaIndexTable,
  sagaHour: sagaHourTable,
}
