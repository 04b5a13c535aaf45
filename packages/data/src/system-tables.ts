import { pageKeys } from './page/page-key.ts'
import { claimsTable } from './unique/claim-store.ts'

/**
 * The tables that a database keeps for itself: claims of `unique` values, and the key that seals page tokens. An engine that creates tables
 * makes them when they are needed; where start only verifies, create them with your migrations.
 */
export const systemTables = { claims: claimsTable, pageKeys }
