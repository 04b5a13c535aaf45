// Starts the real servers that the tests of the project `engines` run on; what this machine cannot start is left out, with the reason.
import { findProvider, startInfra } from '@hanse/infra'
import type { Infra } from '@hanse/infra'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The servers that run; without them, `missing` says why. */
    engines: Pick<Infra, 'cassandra' | 'kafka' | 'elasticsearch'> & { readonly missing?: string }
  }
}

/** Called by vitest before the first test of the project; what it returns runs after the last. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const provider = await findProvider()
  if ('missing' in provider) {
    project.provide('engines', provider)
    return undefined
  }
  const infra = await startInfra()
  const { cassandra, kafka, elasticsearch } = infra
  project.provide('engines', {
    ...(cassandra === undefined ? {} : { cassandra }),
    ...(kafka === undefined ? {} : { kafka }),
    ...(elasticsearch === undefined ? {} : { elasticsearch }),
  })
  return () => infra.close()
}
