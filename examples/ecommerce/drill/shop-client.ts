/** An answer of the shop. */
export interface ShopAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: ShopBody
}

/** What a test or drill may look at in a body; every field is there only sometimes. */
export interface ShopBody {
  readonly success?: boolean
  readonly data?: never
  readonly code?: string
  readonly error?: string
  readonly detail?: string
  readonly status?: number
  readonly orderId?: string
  readonly sagaId?: string
  readonly [key: string]: unknown
}

/** Options of one request. */
export interface ShopRequest {
  readonly method?: string
  readonly token?: string | undefined
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one request to the shop. */
export async function callShop(url: string, path: string, { method = 'GET', token, body, raw, headers = {} }: ShopRequest = {}): Promise<ShopAnswer> {
  const response = await fetch(new URL(path, url), {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(raw !== undefined ? { body: raw } : body !== undefined ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? (JSON.parse(text) as ShopBody) : { text } }
}

/** Logs in and gives the access token. */
export async function logIn(url: string, email: string, password: string): Promise<string> {
  const { status, body } = await callShop(url, '/api/auth/login', { method: 'POST', body: { email, password } })
  const data = body.data as { accessToken: string } | undefined
  if (status !== 200 || data === undefined) throw new Error(`The login of ${email} was answered ${status}: ${body.detail ?? ''}`)
  return data.accessToken
}

/** An address that the shop takes. */
export const someAddress = { street: 'Lange Zeile 1', city: 'Lübeck', postal_code: '23552', country: 'DE' }
