// Starts a server and holds it until it is killed.
import { systemClock } from '@hanse/core'
import { readState } from './state/state-file.ts'
import { startInfra } from './start-infra.ts'

const infra = await startInfra({ engines: ['kafka'] })
const state = await readState(infra.directory)
const [server] = state?.servers ?? []
process.stdout.write(`${JSON.stringify({ directory: infra.directory, pid: server?.handle?.kind === 'process' ? server.handle.pid : 0 })}\n`)
await systemClock.sleep(600_000)
