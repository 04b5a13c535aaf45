import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface ComposeService {
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly networks: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly restart: string
  readonly mem_limit: string
  readonly read_only?: boolean
}
interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

/** The repository, which is what the image is built from. */
export const root = join(import.meta.dirname, '../../..')
const folder = join(root, 'examples/ecommerce')

/** `docker-compose.yml`, read. */
export const compose = parse(readFileSync(join(folder, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose
/** `Dockerfile`, as it is. */
export const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8')

/** All services of the file, those that run our image, and of these the ones that stay. */
export const services = Object.entries(compose.services)
export const ours = services.filter(([, { image }]) => image === 'hanse-ecommerce')
export const processes = ours.filter(([name]) => name !== 'migrations')
