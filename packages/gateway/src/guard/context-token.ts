/** The `typ` of a user-context token (RFC 8725 §3.11), so that no other token passes for one, nor one for another. */
export const contextType = 'hanse-context+jwt'

/** Who issues user contexts, unless told otherwise. */
export const defaultContextIssuer = 'hanse-gateway'

/** The header field that carries a user context, unless told otherwise. */
export const defaultContextHeader = 'x-user-context'
