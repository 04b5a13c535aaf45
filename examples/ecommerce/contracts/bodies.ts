import { z } from 'zod'
import { address, currency, cursor, email, imageReference, limit, line, money, password, uuid } from './fields.ts'

/** `POST /api/users` */
export const signUp = z.object({ email, name: line(2, 200), password })

/** `PUT /api/users/:id`: what is absent stays. Who changes the own password says the current one. */
export const userChange = z.object({
  email: email.optional(),
  name: line(2, 200).optional(),
  password: password.optional(),
  currentPassword: z.string().min(1).max(256).optional(),
})

/** `POST /api/auth/login` */
export const login = z.object({ email: z.string().min(1).max(254), password: z.string().min(1).max(256) })

/** `POST /api/auth/refresh` and `/logout` */
export const refresh = z.object({ refreshToken: z.string().min(1).max(500) })

/** `POST /api/users/:id/profile`: what is absent stays, `null` removes. */
export const profileChange = z.object({
  bio: line(0, 2_000).nullish(),
  avatar_url: imageReference.nullish(),
  phone: line(3, 40).nullish(),
  address: address.nullish(),
})

/** `PUT /api/users/:id/preferences`: a flat map of strings; it replaces the one before. */
export const preferences = z
  .record(z.string().min(1).max(100), z.string().max(1_000))
  .refine((map) => Object.keys(map).length <= 100, 'must have at most 100 entries')

const productFields = {
  name: line(3, 200),
  description: line(0, 5_000),
  category: line(1, 100),
  brand: line(1, 100),
  price: money,
  currency,
  attributes: z.record(z.string().min(1).max(100), z.string().max(500)),
  tags: z.array(line(1, 50)).max(50),
  images: z.array(imageReference).max(20),
}

/** `POST /api/products` */
export const newProduct = z.object({
  ...productFields,
  description: productFields.description.default(''),
  currency: productFields.currency.default('EUR'),
  attributes: productFields.attributes.default({}),
  tags: productFields.tags.default([]),
  images: productFields.images.default([]),
  brand: productFields.brand.nullable().default(null),
  inventory_count: z.int().min(0).max(1_000_000_000).default(0),
})

/** `PUT /api/products/:id`: what is absent stays, `null` removes. */
export const productChange = z.object({
  name: productFields.name.optional(),
  category: productFields.category.optional(),
  price: productFields.price.optional(),
  currency: productFields.currency.optional(),
  description: productFields.description.nullish(),
  brand: productFields.brand.nullish(),
  attributes: productFields.attributes.nullish(),
  tags: productFields.tags.nullish(),
  images: productFields.images.nullish(),
})

const several = z
  .union([
    z
      .string()
      .max(100)
      .transform((one) => [one]),
    z.array(z.string().max(100)).max(20),
  ])
  .optional()

/** `GET /api/products/search` */
export const searchQuery = z
  .object({
    q: z.string().max(200).optional(),
    category: several,
    brand: several,
    minPrice: money.optional(),
    maxPrice: money.optional(),
    currency: currency.optional(),
    sort: z.enum(['relevance', 'price', '-price', 'newest']).optional(),
    limit,
    cursor,
  })
  .refine((query) => query.minPrice === undefined || query.maxPrice === undefined || Number(query.minPrice) <= Number(query.maxPrice), {
    path: ['maxPrice'],
    error: 'must not be below minPrice',
  })

/** `GET /api/products/suggest` */
export const suggestQuery = z.object({ q: z.string().min(1).max(100), limit })

/** `GET /api/products/:id/recommendations` */
export const recommendationsQuery = z.object({
  limit,
  threshold: z
    .string()
    .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .optional(),
})

/** `PUT /api/inventory/:productId` */
export const stockLevel = z.object({ stocked: z.int().min(0).max(1_000_000_000) })

/** `POST /api/orders` */
export const newOrder = z.object({
  items: z
    .array(z.object({ productId: uuid, quantity: z.int().min(1).max(1_000) }))
    .min(1)
    .max(100),
  shippingAddress: address,
  payment: z.object({ token: z.string().regex(/^tok_[a-z_]{1,40}$/, 'must be a payment token such as "tok_ok"') }),
})
