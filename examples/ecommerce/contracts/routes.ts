import { z } from 'zod'
import {
  login,
  newOrder,
  newProduct,
  preferences,
  productChange,
  profileChange,
  recommendationsQuery,
  refresh,
  searchQuery,
  signUp,
  stockLevel,
  suggestQuery,
  userChange,
} from './bodies.ts'
import { pageQuery } from './fields.ts'

/** The registered names of the services behind the gateway. */
export const serviceNames = ['user-service', 'product-service', 'order-service', 'inventory-service', 'payment-service'] as const

/** One of {@link serviceNames}. */
export type ServiceName = (typeof serviceNames)[number]

/**
 * Who may call a route: `public` everybody, `user` who is signed in, `owner` the one whose thing it is or an admin
 * (the service looks), `admin` the role, `service` another service of the shop, never the gateway.
 */
export type Access = 'public' | 'user' | 'owner' | 'admin' | 'service'

/** One route of a service; the path is the service's own, the gateway shows it below `/api`. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly service: ServiceName
  readonly access: Access
  /** The code of success. */
  readonly status: 200 | 201 | 202 | 204
  readonly summary: string
  readonly body?: z.ZodType
  readonly query?: z.ZodType
  /** Counted by the sharper limit of sign-up and login. */
  readonly credentials?: true
  /** Answers with server-sent events. */
  readonly stream?: true
}

const none = z.object({})
const user = 'user-service'
const product = 'product-service'
const inventory = 'inventory-service'
const payment = 'payment-service'
const order = 'order-service'

/** Every route of the shop, named once: gateway, services, OpenAPI and tests read this table. */
export const routes = {
  signUp: { method: 'POST', path: '/users', service: user, access: 'public', status: 201, summary: 'Sign up', body: signUp, credentials: true },
  listUsers: { method: 'GET', path: '/users', service: user, access: 'admin', status: 200, summary: 'List users', query: pageQuery },
  getMe: { method: 'GET', path: '/users/me', service: user, access: 'user', status: 200, summary: 'The signed-in user' },
  getUser: { method: 'GET', path: '/users/:id', service: user, access: 'owner', status: 200, summary: 'One user' },
  updateUser: { method: 'PUT', path: '/users/:id', service: user, access: 'owner', status: 200, summary: 'Change a user', body: userChange },
  deleteUser: { method: 'DELETE', path: '/users/:id', service: user, access: 'owner', status: 204, summary: 'Delete a user' },
  updateProfile: {
    method: 'POST',
    path: '/users/:id/profile',
    service: user,
    access: 'owner',
    status: 200,
    summary: 'Change the profile',
    body: profileChange,
  },
  getPreferences: { method: 'GET', path: '/users/:id/preferences', service: user, access: 'owner', status: 200, summary: 'Read the preferences' },
  updatePreferences: {
    method: 'PUT',
    path: '/users/:id/preferences',
    service: user,
    access: 'owner',
    status: 200,
    summary: 'Replace the preferences',
    body: preferences,
  },
  login: { method: 'POST', path: '/auth/login', service: user, access: 'public', status: 200, summary: 'Log in', body: login, credentials: true },
  refresh: { method: 'POST', path: '/auth/refresh', service: user, access: 'public', status: 200, summary: 'Renew the tokens', body: refresh },
  logout: { method: 'POST', path: '/auth/logout', service: user, access: 'public', status: 204, summary: 'End the session', body: refresh },

  listProducts: { method: 'GET', path: '/products', service: product, access: 'public', status: 200, summary: 'List products', query: pageQuery },
  searchProducts: { method: 'GET', path: '/products/search', service: product, access: 'public', status: 200, summary: 'Search products', query: searchQuery },
  suggestProducts: {
    method: 'GET',
    path: '/products/suggest',
    service: product,
    access: 'public',
    status: 200,
    summary: 'Complete a search',
    query: suggestQuery,
  },
  getProduct: { method: 'GET', path: '/products/:id', service: product, access: 'public', status: 200, summary: 'One product' },
  recommendProducts: {
    method: 'GET',
    path: '/products/:id/recommendations',
    service: product,
    access: 'public',
    status: 200,
    summary: 'Similar products',
    query: recommendationsQuery,
  },
  createProduct: { method: 'POST', path: '/products', service: product, access: 'admin', status: 201, summary: 'Add a product', body: newProduct },
  updateProduct: { method: 'PUT', path: '/products/:id', service: product, access: 'admin', status: 200, summary: 'Change a product', body: productChange },
  deleteProduct: { method: 'DELETE', path: '/products/:id', service: product, access: 'admin', status: 204, summary: 'Remove a product' },
  listCategories: { method: 'GET', path: '/categories', service: product, access: 'public', status: 200, summary: 'Categories with counts' },
  listByCategory: {
    method: 'GET',
    path: '/categories/:category/products',
    service: product,
    access: 'public',
    status: 200,
    summary: 'Products of a category',
    query: pageQuery,
  },

  getStock: { method: 'GET', path: '/inventory/:productId', service: inventory, access: 'admin', status: 200, summary: 'Stock of a product' },
  setStock: {
    method: 'PUT',
    path: '/inventory/:productId',
    service: inventory,
    access: 'admin',
    status: 200,
    summary: 'Set the stock of a product',
    body: stockLevel,
  },

  createOrder: { method: 'POST', path: '/orders', service: order, access: 'user', status: 202, summary: 'Place an order', body: newOrder },
  listOrders: { method: 'GET', path: '/orders', service: order, access: 'user', status: 200, summary: 'The own orders', query: pageQuery },
  getOrder: { method: 'GET', path: '/orders/:id', service: order, access: 'owner', status: 200, summary: 'One order' },
  cancelOrder: { method: 'POST', path: '/orders/:id/cancel', service: order, access: 'owner', status: 202, summary: 'Cancel an order' },
  followOrder: { method: 'GET', path: '/orders/:id/events', service: order, access: 'owner', status: 200, summary: 'Follow an order live', stream: true },
} as const satisfies Record<string, RouteContract>

/** The routes between services; the gateway does not know them. */
export const internalRoutes = {
  priceProducts: {
    method: 'POST',
    path: '/internal/prices',
    service: product,
    access: 'service',
    status: 200,
    summary: 'Prices of products',
    body: z.object({ productIds: z.array(z.string()).min(1).max(100) }),
  },
  reserveStock: {
    method: 'POST',
    path: '/internal/reservations',
    service: inventory,
    access: 'service',
    status: 200,
    summary: 'Hold stock for an order',
    body: z.object({ orderId: z.string(), items: z.array(z.object({ productId: z.string(), quantity: z.int().min(1) })).min(1) }),
  },
  releaseStock: {
    method: 'POST',
    path: '/internal/reservations/:orderId/release',
    service: inventory,
    access: 'service',
    status: 200,
    summary: 'Give held stock back',
    body: z.object({ productIds: z.array(z.string()) }),
  },
  sellStock: {
    method: 'POST',
    path: '/internal/reservations/:orderId/sell',
    service: inventory,
    access: 'service',
    status: 200,
    summary: 'Turn held stock into sold',
    body: z.object({ productIds: z.array(z.string()) }),
  },
  charge: {
    method: 'POST',
    path: '/internal/charges',
    service: payment,
    access: 'service',
    status: 200,
    summary: 'Charge once by key',
    body: z.object({ key: z.string(), orderId: z.string(), token: z.string(), amount: z.string(), currency: z.string() }),
  },
} as const satisfies Record<string, RouteContract>

/** The name of a route between services. */
export type InternalRouteId = keyof typeof internalRoutes

/** What a route's body becomes behind its schema. */
export type BodyOf<R extends RouteContract> = R extends { readonly body: infer B extends z.ZodType } ? z.infer<B> : undefined

/** What a route's query becomes behind its schema. */
export type QueryOf<R extends RouteContract> = R extends { readonly query: infer Q extends z.ZodType } ? z.infer<Q> : z.infer<typeof none>
