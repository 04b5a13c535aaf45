import type { Json } from '../definition/stored.ts'

const mask = '[secret]'

/** A copy of `value` in which the fields at `paths` (dotted, through arrays) are masked. Pure. */
export function redact(value: Json, paths: readonly string[]): Json {
  return paths.reduce((masked, path) => maskPath(masked, path.split('.')), value)
}

function maskPath(value: Json, path: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((item: Json) => maskPath(item, path))
  const [name, ...rest] = path
  if (typeof value !== 'object' || value === null || name === undefined || !Object.hasOwn(value, name)) return value
  const fields = value as Readonly<Record<string, Json | undefined>>
  const field = fields[name]
  return { ...fields, [name]: rest.length === 0 || field === undefined ? mask : maskPath(field, rest) }
}
