/**
 * What went wrong with a call, in the shop's own terms.
 * `status` 0 means that no answer came: nobody knows whether the shop did what was asked.
 */
export class Problem extends Error {
  /**
   * @param {{ status: number, code: string, detail: string, errors?: readonly { pointer: string, detail: string }[], retryAfterS?: number | undefined, correlationId?: string | null }} facts
   */
  constructor({ status, code, detail, errors = [], retryAfterS, correlationId = null }) {
    super(detail)
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAfterS = retryAfterS
    this.correlationId = correlationId
  }

  /** Whether the request may have been carried out although it looks failed. */
  get outcomeUnknown() {
    return this.status === 0 || this.status >= 500 || this.status === 408 || this.status === 499
  }
}

/**
 * Reads a failed answer; an answer that is no problem document still becomes one.
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
export async function readProblem(response) {
  const body = await response.json().catch(() => ({}))
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN)
  return new Problem({
    status: response.status,
    code: typeof body.code === 'string' ? body.code : `http_${response.status}`,
    detail: typeof body.detail === 'string' ? body.detail : typeof body.error === 'string' ? body.error : '',
    errors: Array.isArray(body.errors) ? body.errors : [],
    retryAfterS: Number.isFinite(retryAfter) ? retryAfter : undefined,
    correlationId: response.headers.get('x-correlation-id'),
  })
}

/** @type {Readonly<Record<string, string>>} */
const byCode = {
  invalid_credentials: 'That e-mail address and password do not belong together. Check both and try again.',
  email_taken: 'There is an account with this e-mail address already. Log in instead, or use another address.',
  idempotency_key_reused: 'An earlier attempt with other details has reached the shop. Look at your orders before you order again.',
  too_late_to_cancel: 'This order is paid or finished, so it can no longer be cancelled.',
  product_not_found: 'This product is no longer sold.',
  order_not_found: 'There is no such order.',
  token_expired: 'Your session has ended. Log in again to go on.',
  mixed_currencies: 'An order can only hold products of one currency.',
}

/** @type {Readonly<Record<number, string>>} */
const byStatus = {
  0: 'The shop did not answer. Check whether it is running and try again.',
  400: 'The shop did not understand this request. Go back to the start page and try again.',
  401: 'Your session has ended. Log in again to go on.',
  403: 'This belongs to somebody else.',
  404: 'There is nothing here. It may have been removed.',
  409: 'Something changed in the meantime. Reload and look again.',
  413: 'That is more than the shop takes at once.',
  429: 'That was a lot of requests in a short time.',
  500: 'Something broke on our side. It has been noted.',
  502: 'A part of the shop gave an answer that made no sense. Try again in a moment.',
  503: 'A part of the shop is resting right now. Try again in a moment.',
  504: 'A part of the shop took too long to answer. Try again in a moment.',
}

/**
 * One or two sentences for people.
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  if (!(error instanceof Problem)) return 'Something went wrong in this page. Reload it and try again.'
  if (error.status === 429) return `${byStatus[429]} Try again ${waitText(error.retryAfterS)}.`
  if (error.status === 422 && byCode[error.code] === undefined) return error.errors.length === 0 ? error.message : 'Some fields need another look.'
  return byCode[error.code] ?? byStatus[error.status] ?? (error.message === '' ? 'Something went wrong. Try again.' : error.message)
}

/** @param {number | undefined} seconds */
function waitText(seconds) {
  if (seconds === undefined || seconds <= 1) return 'in a moment'
  return seconds < 90 ? `in ${Math.ceil(seconds)} seconds` : `in ${Math.ceil(seconds / 60)} minutes`
}

/** @type {Readonly<Record<string, string>>} */
const reasons = {
  out_of_stock: 'One of the products was sold out before your order got its turn. Nothing was charged.',
  payment_declined: 'The payment was declined. The goods have been put back on the shelf and nothing was charged.',
  declined: 'The payment was declined. The goods have been put back on the shelf and nothing was charged.',
  cancelled_by_customer: 'You cancelled this order. Nothing was charged.',
  processing_failed: 'The order could not be worked on to the end. Nothing was charged.',
  cancelled: 'You cancelled this order. Nothing was charged.',
  payment_unavailable: 'The payment service could not be reached, so the order was given up. Nothing was charged.',
}

/**
 * Why an order ended as it did.
 * @param {string} reason
 * @returns {string}
 */
export function explainReason(reason) {
  const known = reasons[reason]
  if (known !== undefined) return known
  const words = reason.replaceAll('_', ' ').trim()
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`
}
