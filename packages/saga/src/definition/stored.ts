import { HanseError } from '@hanse/core'

/** A value that survives the log unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined }

/**
 * What a value is after it went through the log, which keeps JSON: a `Date` comes back as text, a method not at all.
 * For types that are JSON already this is the type itself.
 */
export type Stored<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends { toJSON(): infer Plain }
    ? Stored<Plain>
    : T extends bigint | symbol | ((...args: never) => unknown)
      ? never
      : unknown extends T
        ? T
        : T extends object
          ? { readonly [Name in keyof T]: Stored<T[Name]> }
          : T extends void
            ? undefined
            : never

/**
 * Turns a value into what the log keeps.
 * @throws HanseError `INVALID_ARGUMENT` for what JSON cannot hold: cycles, bigint
 */
export function toStored(value: unknown, subject: string): Json | undefined {
  try {
    const text: string | undefined = JSON.stringify(value)
    return text === undefined ? undefined : (JSON.parse(text) as Json)
  } catch (cause) {
    throw new HanseError(`${subject} cannot be kept in the log, which holds JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      code: 'INVALID_ARGUMENT',
      cause,
    })
  }
}

/** JSON text with sorted keys: equal values give equal text. */
export function canonicalJson(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}
