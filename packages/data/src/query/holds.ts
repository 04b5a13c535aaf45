import type { Operator } from './statement.ts'

/** Whether a comparison holds, by the order of the held value to the asked one: negative, zero or positive. */
export function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}
