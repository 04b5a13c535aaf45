// The health check of a container: ends with 0 when the process that SERVICE_HOST and SERVICE_PORT name is ready.
import { readConfig } from './config.ts'
import { withFileSecrets } from './file-secrets.ts'

const { host, port } = readConfig(withFileSecrets(process.env))
const answer = await fetch(`http://${host}:${port}/health/ready`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
process.exit(answer?.ok === true ? 0 : 1)
