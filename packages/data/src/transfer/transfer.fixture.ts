import { table } from '../schema/table.ts'
import { scalarFields } from '../testing/scalar-fields.ts'

/** Tables of every kind that can be moved. */
export const kinds = {
  /** Every column type. */
  values: table('moved_values', {
    fields: {
      id: 'uuid',
      at: 'timestamp',
      ...scalarFields,
      c_vector: 'vector<float, 3>',
      c_list: 'list<text>',
      c_set: 'set<varint>',
      c_map: 'map<text, blob>',
      c_by_number: 'map<int, text>',
      c_frozen_set: 'frozen<set<text>>',
      c_tuple: 'frozen<tuple<text, bigint>>',
      c_profile: 'frozen<moved_profile>',
      c_note: 'text',
      c_tags: 'set<text>',
    },
    key: [['id'], 'at'],
    static: ['c_note', 'c_tags'],
    types: { moved_profile: { bio: 'text', links: 'list<text>', spent: 'decimal' } },
  }),
  /** Rows with unique values. */
  members: table('moved_members', {
    fields: { id: 'uuid', email: 'text', name: 'text' },
    key: ['id'],
    required: ['email'],
    unique: ['email'],
  }),
  /** Rows and static columns that are managed by conditional writes. */
  stock: table('moved_stock', {
    fields: { product: 'text', order_id: 'text', quantity: 'int', stocked: 'int', version: 'int' },
    key: [['product'], 'order_id'],
    static: ['stocked', 'version'],
    conditional: true,
  }),
}

/** The tables of {@link kinds}. */
export const allKinds = Object.values(kinds)
