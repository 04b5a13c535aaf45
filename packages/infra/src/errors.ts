/** The codes that `@hanse/infra` throws, beside those of `@hanse/core`. */
export const infraErrorCodes = ['NO_PROVIDER', 'RESOLVE_FAILED', 'PORT_TAKEN', 'START_FAILED', 'IN_USE', 'UNKNOWN_NODE'] as const

/** One of {@link infraErrorCodes}. */
export type InfraErrorCode = (typeof infraErrorCodes)[number]
