import type { AttributeValue, Filter } from '../index/filter.ts'
import { columnOf, valuesIn } from './vector-table.ts'
import type { VectorRow, VectorTable } from './vector-table.ts'

/** Whether a row passes a filter. The server narrows down, this decides. */
export function passesFilter(index: Pick<VectorTable, 'attributes'>, filter: Filter, row: VectorRow): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.of.every((part) => passesFilter(index, part, row))
    case 'any':
      return filter.of.some((part) => passesFilter(index, part, row))
    case 'not':
      return !passesFilter(index, filter.of, row)
    case 'ids':
      return filter.ids.includes(String(row['id']))
    case 'exists':
      return valuesIn(row, columnOf(index, filter.field)).length > 0
    case 'in':
      return valuesIn(row, columnOf(index, filter.field)).some((value) => filter.values.includes(value))
    case 'range':
      return valuesIn(row, columnOf(index, filter.field)).some((value) => isWithin(value, filter))
  }
}

function isWithin(value: AttributeValue, { gt, gte, lt, lte }: Extract<Filter, { kind: 'range' }>): boolean {
  return (
    (gt === undefined || compare(value, gt) > 0) &&
    (gte === undefined || compare(value, gte) >= 0) &&
    (lt === undefined || compare(value, lt) < 0) &&
    (lte === undefined || compare(value, lte) <= 0)
  )
}

/** Strings go by their bytes, as on every engine. */
function compare(a: AttributeValue, b: AttributeValue): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (a === b) return 0
  return a < b ? -1 : 1
}
