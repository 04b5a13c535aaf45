import { z } from 'zod'

const currencies = new Set(Intl.supportedValuesOf('currency'))
const countries = /^[A-Z]{2}$/
const wellKnownPasswords = new Set([
  'password',
  'password1',
  '12345678',
  '123456789',
  '1234567890',
  'qwertyui',
  'qwerty123',
  'iloveyou',
  'sunshine',
  'princess',
  'football',
  'baseball',
  'letmein1',
  'welcome1',
  'admin123',
  'abc12345',
  'passw0rd',
  '11111111',
  '00000000',
  'trustno1',
])

/** A canonical lower-case UUID of any version. */
export const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'must be a UUID')

/** An exact amount: up to twelve digits, at most two behind the point. A JSON number is refused. */
export const money = z.string('must be a decimal string such as "19.99"').regex(/^(0|[1-9]\d{0,11})(\.\d{1,2})?$/, 'must be a decimal string such as "19.99"')

/** An ISO 4217 code in capitals. */
export const currency = z.string().refine((code) => currencies.has(code), 'must be an ISO 4217 currency code such as "EUR"')

/** Text that says something: not blank, no control characters but line breaks and tabs. */
export const line = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min, `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !/[^\P{Cc}\t\n\r]/u.test(text), 'must not contain control characters')

/** Where an order goes, or where a user lives. */
export const address = z.object({
  street: line(1, 200),
  city: line(1, 100),
  postal_code: line(1, 20),
  country: z.string().regex(countries, 'must be an ISO 3166 code such as "DE"'),
})

/** An address of a person, well-formed and not over-long. */
export const email = z
  .string()
  .trim()
  .max(254, 'must have at most 254 characters')
  .regex(/^[^\s@<>"(),:;]+@[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)*\.[\p{L}\p{M}\p{N}-]{2,}$/u, 'must be an e-mail address')

/** At least eight characters, none of the best-known ones; never cut short. */
export const password = z
  .string()
  .min(8, 'must have at least 8 characters')
  .max(256, 'must have at most 256 characters')
  .refine((text) => !wellKnownPasswords.has(text.toLowerCase()), 'is one of the best-known passwords')

/** A path of this shop or an https address; never fetched by a server. */
export const imageReference = z
  .string()
  .max(500)
  .regex(/^(\/[\w./-]*|https:\/\/\S+)$/, 'must be a path or an https URL')

/** `?limit=`: how many entries a page has. */
export const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
  .transform(Number)
  .refine((n) => n >= 1 && n <= 100, 'must be a whole number from 1 to 100')
  .optional()

/** `?cursor=`: where the next page starts. */
export const cursor = z.string().min(1).max(2_000).optional()

/** What every list takes. */
export const pageQuery = z.object({ limit, cursor })
