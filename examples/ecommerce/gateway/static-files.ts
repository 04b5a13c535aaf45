import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Answers with the files of a folder, read once; a name that is not among them is nothing. */
export function createStaticFiles(folder: string): (path: string, ifNoneMatch: string | null) => Response | undefined {
  const files = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => types[extname(name)] !== undefined)
      .map((name) => [`/${relative('.', name).split(sep).join('/')}`, load(join(folder, name))]),
  )
  return (path, ifNoneMatch) => {
    const file = files.get(path === '/' ? '/index.html' : path)
    if (file === undefined) return undefined
    const headers = { 'content-type': file.type, etag: file.tag, 'cache-control': 'public, no-cache', 'content-security-policy': contentSecurityPolicy }
    return ifNoneMatch === file.tag ? new Response(null, { status: 304, headers }) : new Response(file.content, { headers })
  }
}

function load(path: string) {
  const content = readFileSync(path)
  return {
    content,
    type: types[extname(path)] ?? 'application/octet-stream',
    tag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
  }
}
