import { invalidArgument } from '@hanse/core'
import { parseOrigin } from './origin.ts'
import type { Instance, Resolver } from './resolver.ts'

interface Rotation {
  readonly instances: readonly Instance[]
  next: number
}

/**
 * Finds services at addresses that never change, in turn. For small set-ups, tests and examples.
 *
 * @param services - the addresses of each service; an empty list is a known service without an instance
 * @throws HanseError `INVALID_ARGUMENT`
 */
export function staticResolver(services: Readonly<Record<string, readonly string[]>>): Resolver {
  const rotations = new Map(Object.entries(services).map(([service, urls]) => [service, rotationOf(service, urls)]))
  return {
    resolve(service, { exclude }) {
      const rotation = rotations.get(service)
      if (rotation === undefined) return 'unknown'
      const instance = nextOf(rotation, exclude)
      return instance === undefined ? 'unavailable' : { instance, done: ignore }
    },
  }
}

function rotationOf(service: string, urls: readonly string[]): Rotation {
  for (const url of urls) {
    if (parseOrigin(url) === undefined) throw invalidArgument(`the addresses of '${service}'`, "origins like 'http://127.0.0.1:3001'", url)
  }
  return { instances: urls.map((url, index) => ({ id: `${service}#${index}`, url })), next: 0 }
}

function nextOf(rotation: Rotation, exclude: ReadonlySet<string>): Instance | undefined {
  const { instances } = rotation
  for (let looked = 0; looked < instances.length; looked++) {
    const instance = instances[rotation.next++ % instances.length]
    if (instance !== undefined && !exclude.has(instance.id)) return instance
  }
  return undefined
}

function ignore(): void {}
