import { invalidArgument } from '@hanse/core'
import { parsePattern, splitPath } from './pattern.ts'
import type { PatternSegment } from './pattern.ts'

/** What a table needs to know of an entry. */
export interface TableEntry {
  readonly path: string
  /** In upper case; `undefined` for all. */
  readonly methods: ReadonlySet<string> | undefined
}

/** What {@link RouteTable.match} found. */
type RouteMatch<T> =
  | { readonly kind: 'route'; readonly entry: T; readonly params: Readonly<Record<string, string>>; readonly rest: string }
  | { readonly kind: 'method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' }

/** Routes, arranged for matching. */
export interface RouteTable<T extends TableEntry> {
  /**
   * The most specific entry for the path that serves the method. Pure.
   * @param path - as `parseTarget` returns it
   */
  match(method: string, path: string): RouteMatch<T>
}

/** The methods of a route that names none. */
export const defaultMethods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

interface Leaf<T> {
  readonly entry: T
  readonly names: readonly string[]
}

interface Node<T> {
  readonly fixed: Map<string, Node<T>>
  parameter: Node<T> | undefined
  readonly here: Leaf<T>[]
  readonly rest: Leaf<T>[]
}

const noParams: Readonly<Record<string, string>> = Object.freeze({})

/**
 * Arranges routes as a tree by segment: a fixed segment first, then a parameter, then the rest; the order of declaration plays no part.
 * @throws HanseError `INVALID_ARGUMENT` for a bad pattern, or two routes that match the same requests
 */
export function createRouteTable<T extends TableEntry>(entries: readonly T[]): RouteTable<T> {
  const root = newNode<T>()
  for (const entry of entries) insert(root, entry)
  return {
    match(method, path) {
      const segments = splitPath(path)
      const values: string[] = []
      const allowed = new Set<string>()
      const find = (node: Node<T>, depth: number): RouteMatch<T> | undefined => {
        const segment = segments[depth]
        if (segment === undefined) return choose(node.here, depth) ?? choose(node.rest, depth)
        const fixed = node.fixed.get(segment)
        const found = fixed === undefined ? undefined : find(fixed, depth + 1)
        return found ?? findByParameter(node, segment, depth) ?? choose(node.rest, depth)
      }
      const findByParameter = (node: Node<T>, segment: string, depth: number): RouteMatch<T> | undefined => {
        if (node.parameter === undefined) return undefined
        values.push(segment)
        const found = find(node.parameter, depth + 1)
        if (found === undefined) values.pop()
        return found
      }
      const choose = (leaves: readonly Leaf<T>[], depth: number): RouteMatch<T> | undefined => {
        for (const { entry, names } of leaves) {
          if (serves(entry, method)) return { kind: 'route', entry, params: paramsOf(names, values), rest: segments.slice(depth).join('/') }
          for (const served of entry.methods ?? defaultMethods) allowed.add(served)
        }
        return undefined
      }
      const found = find(root, 0)
      if (found !== undefined) return found
      return allowed.size === 0 ? { kind: 'none' } : { kind: 'method', allowed: [...allowed].sort() }
    },
  }
}

/** The methods of a route, GET including HEAD. */
export function methodSet(methods: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (methods === undefined) return undefined
  return new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)
}

function serves(entry: TableEntry, method: string): boolean {
  return entry.methods === undefined ? defaultMethods.includes(method) : entry.methods.has(method)
}

function newNode<T>(): Node<T> {
  return { fixed: new Map(), parameter: undefined, here: [], rest: [] }
}

function insert<T extends TableEntry>(root: Node<T>, entry: T): void {
  const segments = parsePattern(entry.path)
  const names = segments.flatMap((segment) => (segment.kind === 'parameter' ? [segment.name] : []))
  let node = root
  for (const segment of segments) node = segment.kind === 'rest' ? node : descend(node, segment)
  const leaves = segments.at(-1)?.kind === 'rest' ? node.rest : node.here
  const clash = leaves.find((leaf) => overlaps(leaf.entry, entry))
  if (clash !== undefined) throw invalidArgument(`the route '${entry.path}'`, `different from the route '${clash.entry.path}' in path or methods`, entry.path)
  leaves.push({ entry, names })
}

function descend<T>(node: Node<T>, segment: Exclude<PatternSegment, { kind: 'rest' }>): Node<T> {
  if (segment.kind === 'parameter') return (node.parameter ??= newNode())
  const existing = node.fixed.get(segment.text)
  if (existing !== undefined) return existing
  const created = newNode<T>()
  node.fixed.set(segment.text, created)
  return created
}

function overlaps(one: TableEntry, other: TableEntry): boolean {
  const theirs = other.methods ?? new Set(defaultMethods)
  return [...(one.methods ?? defaultMethods)].some((method) => theirs.has(method))
}

function paramsOf(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  if (names.length === 0) return noParams
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
}
