import { table } from '../schema/table.ts'
import { scalarFields } from './scalar-fields.ts'

/**
 * The tables that the suite works on, one set a run: cases keep apart by their partitions, so that a real server makes few tables.
 *
 * @param run - lower case letters and digits, ends every table's name
 */
export function conformanceTables(run: string) {
  return {
    rows: table(`rows_${run}`, {
      fields: { id: 'uuid', seq: 'int', status: 'text', note: 'text', n: 'int', total: 'decimal', at: 'timestamp', data: 'blob' },
      key: [['id'], 'seq'],
      order: { seq: 'desc' },
    }),
    single: table(`single_${run}`, { fields: { id: 'uuid', status: 'text', n: 'int' }, key: ['id'] }),
    composite: table(`composite_${run}`, {
      fields: { tenant: 'text', day: 'date', hour: 'int', minute: 'int', note: 'text' },
      key: [['tenant', 'day'], 'hour', 'minute'],
      order: { hour: 'asc', minute: 'desc' },
    }),
    statics: table(`statics_${run}`, {
      fields: { id: 'uuid', seq: 'int', status: 'text', version: 'int', owner: 'text' },
      key: [['id'], 'seq'],
      static: ['version', 'owner'],
      conditional: true,
    }),
    collections: table(`collections_${run}`, {
      fields: {
        id: 'uuid',
        tags: 'set<text>',
        numbers: 'set<int>',
        log: 'list<text>',
        attributes: 'map<text, text>',
        by_number: 'map<int, text>',
        files: 'map<text, blob>',
        frozen_tags: 'frozen<set<text>>',
        nested: 'map<text, frozen<list<int>>>',
        pair: 'frozen<tuple<text, int>>',
        profile: 'frozen<profile_type>',
        other: 'text',
      },
      key: ['id'],
      types: { profile_type: { bio: 'text', links: 'list<text>' } },
    }),
    scalars: table(`scalars_${run}`, {
      fields: {
        id: 'uuid',
        ...scalarFields,
      },
      key: ['id'],
    }),
    counters: table(`counters_${run}`, { fields: { id: 'uuid', day: 'date', hits: 'counter', misses: 'counter' }, key: [['id'], 'day'] }),
    conditional: table(`conditional_${run}`, {
      fields: { id: 'uuid', seq: 'int', owner: 'text', until: 'timestamp', version: 'int' },
      key: [['id'], 'seq'],
      conditional: true,
    }),
    living: table(`living_${run}`, {
      fields: { id: 'uuid', seq: 'int', status: 'text', note: 'text', tags: 'set<text>' },
      key: [['id'], 'seq'],
      ttlSeconds: 3,
    }),
    members: table(`members_${run}`, {
      fields: { id: 'uuid', email: 'text', name: 'text', code: 'int' },
      key: ['id'],
      required: ['email'],
      unique: ['email', 'code'],
    }),
  }
}

/** The tables of the suite. */
export type ConformanceTables = ReturnType<typeof conformanceTables>

/** The tables of the cases about indexes. */
export function indexedTables(run: string) {
  return {
    goods: table(`goods_${run}`, {
      fields: {
        id: 'uuid',
        seq: 'int',
        owner: 'text',
        shop: 'uuid',
        category: 'text',
        price: 'decimal',
        stock: 'int',
        weight: 'double',
        views: 'bigint',
        day: 'date',
        added: 'timestamp',
        active: 'boolean',
        tags: 'set<text>',
        sizes: 'list<int>',
        embedding: 'vector<float, 3>',
        note: 'text',
      },
      key: [['id'], 'seq'],
      static: ['owner'],
      indexes: ['shop', 'category', 'price', 'stock', 'weight', 'views', 'day', 'added', 'active', 'tags', 'sizes', 'embedding'],
    }),
  }
}

/** The tables of the cases about indexes. */
export type IndexedTables = ReturnType<typeof indexedTables>
