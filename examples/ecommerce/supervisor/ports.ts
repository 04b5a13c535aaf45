import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'

/**
 * Makes sure that every port can be listened on.
 * @throws Error that names the first port that is taken, with the process that holds it where that can be known
 */
export async function assertPortsFree(host: string, ports: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, port] of Object.entries(ports)) {
    if (await isFree(host, port)) continue
    const holder = holderOf(port)
    throw new Error(
      `Port ${port}, which the ${name} needs, is taken${holder === undefined ? '' : ` by process ${holder.pid} (${holder.command})`}. Stop that process, or choose other ports with --port.`,
    )
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Linux tells who listens, through /proc; other systems do not, and then nobody is named. */
function holderOf(port: number): { readonly pid: string; readonly command: string } | undefined {
  try {
    const inodes = listeningInodes(port)
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      if (socketsOf(pid).some((socket) => inodes.has(socket))) return { pid, command: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }
    }
  } catch {
    return undefined
  }
  return undefined
}

function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
  const columns = rows.map((row) => row.trim().split(/\s+/)).filter((row) => row[1]?.endsWith(suffix) === true && row[3] === '0A')
  return new Set(columns.map((row) => `socket:[${row[9]}]`))
}

function socketsOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
  } catch {
    // A process of somebody else, or one that has just ended.
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
