import { table } from '@hanse/data'
import { outboxFields } from '@hanse/event-bus'

/** Users by id. Every change is conditional on the version that was read. */
export const users = table('users', {
  fields: {
    id: 'uuid',
    email: 'text',
    /** The canonical form that is unique: trimmed, NFKC, case folded, its domain in ASCII. */
    email_key: 'text',
    name: 'text',
    role: 'text',
    password_hash: 'text',
    profile: 'frozen<user_profile>',
    preferences: 'frozen<map<text, text>>',
    version: 'int',
    created_at: 'timestamp',
    updated_at: 'timestamp',
    ...outboxFields,
  },
  key: ['id'],
  required: ['email', 'email_key', 'name', 'role', 'password_hash', 'version', 'created_at', 'updated_at'],
  unique: ['email_key'],
  types: {
    address_type: { street: 'text', city: 'text', postal_code: 'text', country: 'text' },
    user_profile: { bio: 'text', avatar_url: 'text', phone: 'text', address: 'frozen<address_type>' },
  },
})

/** The families of refresh tokens: only the last token of a family is good, and an old one ends the family. */
export const sessions = table('sessions', {
  fields: { family: 'uuid', user_id: 'uuid', token_hash: 'text', password_mark: 'text', ended: 'boolean', created_at: 'timestamp' },
  key: ['family'],
  required: ['user_id', 'token_hash', 'ended', 'created_at'],
  conditional: true,
})
