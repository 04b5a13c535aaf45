import type { Child } from './child.ts'

/** What the banner tells. */
export interface BannerFacts {
  readonly url: string
  readonly children: readonly Child[]
  readonly accounts: readonly { readonly email: string; readonly role: string }[]
  readonly password: string | undefined
  readonly dataFolder: string
  readonly tookMs: number
}

/** At most twenty-five lines; the last is the one to click. */
export function banner(facts: BannerFacts): string {
  const rows = facts.children.map(({ config, pid }) => `  ${config.name.padEnd(18)} http://${config.host}:${config.port}   pid ${pid ?? '-'}`)
  const accounts = facts.accounts.map(({ email, role }) => `  ${email.padEnd(22)} ${role.padEnd(8)} password ${facts.password ?? ''}`)
  return [
    '',
    ...rows,
    '',
    ...(accounts.length === 0 ? [] : [...accounts, '']),
    `  data and logs          ${facts.dataFolder}`,
    `  started in             ${(facts.tookMs / 1000).toFixed(1)} s`,
    '',
    '  Try: search with a typo (cofee machne); order with tok_ok, tok_declined or tok_lost and watch it live;',
    '  kill -9 one of the processes above while an order runs: it comes back and the order ends.',
    '',
    `ready  ${facts.url}`,
    '',
  ].join('\n')
}

/** The same for programs: one line of JSON. */
export function jsonBanner(facts: BannerFacts): string {
  const services = Object.fromEntries(facts.children.map(({ config, pid }) => [config.name, { url: `http://${config.host}:${config.port}`, pid }]))
  return `${JSON.stringify({ ready: facts.url, services, accounts: facts.accounts, password: facts.password, data: facts.dataFolder })}\n`
}
