import { domainToASCII } from 'node:url'

/** A domain as people write it; anything else has no ASCII form: what stands behind a `/` or `?` would be lost in it. */
const domainName = /^[\p{L}\p{M}\p{N}-]+(\.[\p{L}\p{M}\p{N}-]+)+$/u

/** The form of an e-mail address that is unique: trimmed, NFKC, case folded, its domain in ASCII. */
export function emailKey(email: string): string {
  const folded = fold(email).trim()
  const at = folded.lastIndexOf('@')
  const domain = folded.slice(at + 1)
  return `${folded.slice(0, at)}@${(domainName.test(domain) && domainToASCII(domain)) || domain}`
}

/** By way of the capitals: letters whose small forms differ, such as the two small sigmas, or ß and ss, fall together. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}
