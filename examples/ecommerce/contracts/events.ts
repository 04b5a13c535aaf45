import { defineEvent } from '@hanse/event-bus'
import { z } from 'zod'

/** `version` is the user's own, so that late and repeated events can be told from news. */
const person = z.object({ userId: z.string(), email: z.string(), name: z.string(), version: z.number() })

/** Somebody signed up. */
export const userCreated = defineEvent('user.created', { version: 1, schema: person, key: (event) => event.userId })

/** Name or e-mail changed. */
export const userUpdated = defineEvent('user.updated', { version: 1, schema: person, key: (event) => event.userId })

/** A user is gone; whoever keeps personal fields erases them. */
export const userDeleted = defineEvent('user.deleted', { version: 1, schema: z.object({ userId: z.string() }), key: (event) => event.userId })

/** A product as the events carry it: what the search index and other services need. */
export const productSnapshot = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  category: z.string(),
  brand: z.string().nullable(),
  price: z.string(),
  currency: z.string(),
  attributes: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
  images: z.array(z.string()),
  inventory_count: z.number(),
  created_at: z.string(),
  updated_at: z.string(),
})

/** A {@link productSnapshot}. */
export type ProductSnapshot = z.infer<typeof productSnapshot>

const productVersion = z.object({ product: productSnapshot, version: z.number() })

/** A product is new; its `inventory_count` is the stock to start with. */
export const productCreated = defineEvent('product.created', { version: 1, schema: productVersion, key: (event) => event.product.id })

/** A product changed. */
export const productUpdated = defineEvent('product.updated', { version: 1, schema: productVersion, key: (event) => event.product.id })

/** A product is gone. */
export const productDeleted = defineEvent('product.deleted', {
  version: 1,
  schema: z.object({ productId: z.string(), version: z.number() }),
  key: (event) => event.productId,
})

/** The units that can still be bought changed; later versions replace earlier ones. */
export const stockChanged = defineEvent('stock.changed', {
  version: 1,
  schema: z.object({ productId: z.string(), available: z.number(), version: z.number() }),
  key: (event) => event.productId,
})

const orderFacts = z.object({ orderId: z.string(), userId: z.string(), total: z.string(), currency: z.string() })

/** An order was accepted and its saga is to run. */
export const orderPlaced = defineEvent('order.placed', { version: 1, schema: orderFacts, key: (event) => event.orderId })

/** An order is paid and its stock sold. */
export const orderConfirmed = defineEvent('order.confirmed', { version: 1, schema: orderFacts, key: (event) => event.orderId })

/** An order failed; nothing is charged and its stock is free again. */
export const orderRejected = defineEvent('order.rejected', { version: 1, schema: orderFacts.extend({ reason: z.string() }), key: (event) => event.orderId })

/** The customer took an order back before it was paid. */
export const orderCancelled = defineEvent('order.cancelled', { version: 1, schema: orderFacts, key: (event) => event.orderId })
