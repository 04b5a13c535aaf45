import { domainToASCII } from 'node:url'

/** The form of an e-mail address that is unique: trimmed, NFKC, case folded, its domain in ASCII. */
export function emailKey(email: string): string {
  const folded = email.trim().normalize('NFKC').toLowerCase()
  const at = folded.lastIndexOf('@')
  const domain = folded.slice(at + 1)
  return `${folded.slice(0, at)}@${domainToASCII(domain) || domain}`
}
