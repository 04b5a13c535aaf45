/** The codes that `@hanse/gateway` throws, beside those of `@hanse/core`. What a client is answered has codes of its own: {@link problemCodes}. */
export const gatewayErrorCodes = ['LISTEN_FAILED', 'CONTEXT_INVALID', 'KEY_INVALID'] as const

/** One of {@link gatewayErrorCodes}. */
export type GatewayErrorCode = (typeof gatewayErrorCodes)[number]
