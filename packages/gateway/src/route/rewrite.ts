import { invalidArgument } from '@hanse/core'
import { parsePattern } from './pattern.ts'
import type { Rewrite } from './route.ts'

/** What a rewrite starts from. */
interface RewriteInput {
  /** The whole path. */
  readonly path: string
  /** Raw segments by parameter. */
  readonly params: Readonly<Record<string, string>>
  /** What `*` matched, without a leading slash. */
  readonly rest: string
}

/** Makes the path that the service sees. Pure. */
export type Rewriter = (input: RewriteInput) => string

/**
 * Compiles a {@link Rewrite} for the route with the given path pattern.
 * @throws HanseError `INVALID_ARGUMENT` when it can never take effect, or uses what the route does not have
 */
export function compileRewrite(rewrite: Rewrite | undefined, routePath: string): Rewriter | undefined {
  if (rewrite === undefined) return undefined
  return 'strip' in rewrite ? compileStrip(rewrite.strip, routePath) : compileTo(rewrite.to, routePath)
}

function compileStrip(prefix: string, routePath: string): Rewriter {
  parsePattern(prefix)
  if (prefix === '/' || prefix.endsWith('/') || !`${routePath}/`.startsWith(`${prefix}/`)) {
    throw invalidArgument(`option 'rewrite.strip' of the route '${routePath}'`, "the beginning of the route's path, without a slash at its end", prefix)
  }
  return ({ path }) => (path.length === prefix.length ? '/' : path.slice(prefix.length))
}

function compileTo(to: string, routePath: string): Rewriter {
  const known = parsePattern(routePath)
  const target = parsePattern(to)
  for (const segment of target) {
    const has =
      segment.kind === 'fixed' ||
      known.some((one) => one.kind === segment.kind && (one.kind !== 'parameter' || segment.kind !== 'parameter' || one.name === segment.name))
    if (!has) throw invalidArgument(`option 'rewrite.to' of the route '${routePath}'`, "parameters and '*' that the route's path has", to)
  }
  return ({ params, rest }) => {
    const parts = target.map((segment) => (segment.kind === 'fixed' ? segment.text : segment.kind === 'parameter' ? (params[segment.name] ?? '') : rest))
    return `/${parts.filter((part) => part !== '').join('/')}`
  }
}
