/** Who handles events: every consumer group of the shop. */
export const groups = {
  inventory: 'inventory-service',
  order: 'order-service',
  orderSagas: 'order-service-sagas',
  productSearch: 'product-service-search',
  productStock: 'product-service-stock',
} as const
