import type { StandardSchemaV1 } from '@standard-schema/spec'
import { HanseError } from './errors.ts'

/** Any validator that speaks Standard Schema v1: zod, valibot, arktype and others. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>

/** What a schema accepts. */
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>

/** What a schema gives back. */
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>

/** One thing that a schema found wrong. */
export interface ValidationIssue {
  /** Where, as a JSON Pointer (RFC 6901): `/items/0/quantity`; empty for the whole value. */
  readonly pointer: string
  /** What is wrong, in the validator's words. */
  readonly detail: string
}

/** The result of {@link validate}. */
export type ValidationResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly ValidationIssue[] }

/** Validates `value`; waits for schemas that are asynchronous. */
export async function validate<S extends Schema>(schema: S, value: unknown): Promise<ValidationResult<SchemaOutput<S>>> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return { ok: true, value: result.value as SchemaOutput<S> }
  return { ok: false, issues: result.issues.map(toIssue) }
}

/**
 * Validates `value` and returns what the schema made of it.
 *
 * @param subject - names the value in the message: `event 'order.placed'`
 * @throws HanseError `VALIDATION_FAILED`, its issues in `details.issues`
 */
export async function parse<S extends Schema>(schema: S, value: unknown, subject: string): Promise<SchemaOutput<S>> {
  const result = await validate(schema, value)
  if (result.ok) return result.value
  throw validationFailed(subject, result.issues)
}

/** The error of {@link parse}, for those who validate by other means. */
export function validationFailed(subject: string, issues: readonly ValidationIssue[]): HanseError<'VALIDATION_FAILED'> {
  const listed = issues.slice(0, 5).map((issue) => `${issue.pointer === '' ? 'the value' : issue.pointer}: ${issue.detail}`)
  const more = issues.length > 5 ? `; and ${issues.length - 5} more` : ''
  return new HanseError(`${subject} is not valid: ${listed.join('; ')}${more}.`, { code: 'VALIDATION_FAILED', details: { issues } })
}

function toIssue(issue: StandardSchemaV1.Issue): ValidationIssue {
  const path = issue.path ?? []
  const pointer = path.map((segment) => `/${escapeSegment(typeof segment === 'object' ? segment.key : segment)}`).join('')
  return { pointer, detail: issue.message }
}

function escapeSegment(segment: PropertyKey): string {
  return String(segment).replaceAll('~', '~0').replaceAll('/', '~1')
}
