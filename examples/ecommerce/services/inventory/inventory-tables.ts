import { stockSeeds } from './seed.ts'
import { stockMarks } from './stock-announcer.ts'
import { stock } from './tables.ts'

/** Everything that the inventory service keeps. */
export const inventoryTables = { stock, stockMarks, stockSeeds }
