/** What the demo provider does with a token. */
export type Behaviour =
  | { readonly kind: 'charge'; readonly delayMs: number; readonly loseAnswer: boolean }
  | { readonly kind: 'decline'; readonly reason: string }
  | { readonly kind: 'unavailable' }

const slowMs = 5_000
const failuresOfDown = 3

/**
 * Decides what happens to a charge that is not on record yet. Pure.
 *
 * @param attempt - how often this key was tried, this time included
 */
export function behaviourOf(token: string, attempt: number): Behaviour {
  switch (token) {
    case 'tok_ok':
      return { kind: 'charge', delayMs: 0, loseAnswer: false }
    case 'tok_slow':
      return { kind: 'charge', delayMs: slowMs, loseAnswer: false }
    case 'tok_lost':
      return { kind: 'charge', delayMs: 0, loseAnswer: true }
    case 'tok_down':
      return attempt <= failuresOfDown ? { kind: 'unavailable' } : { kind: 'charge', delayMs: 0, loseAnswer: false }
    case 'tok_declined':
      return { kind: 'decline', reason: 'payment_declined' }
    default:
      return { kind: 'decline', reason: 'payment_token_unknown' }
  }
}
