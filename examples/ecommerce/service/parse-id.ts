import { uuid } from '../contracts/fields.ts'
import { notFound } from './problem.ts'

/** An id out of a path: one that cannot exist is answered like one that does not. */
export function parseId(id: string, subject: string): string {
  const result = uuid.safeParse(id.toLowerCase())
  if (!result.success) throw notFound(subject)
  return result.data
}
