import { HanseError } from '@hanse/core'

/** The codes that `@hanse/infra` throws, beside those of `@hanse/core`. */
export const infraErrorCodes = ['NO_PROVIDER', 'RESOLVE_FAILED', 'PORT_TAKEN', 'START_FAILED', 'IN_USE', 'UNKNOWN_NODE'] as const

/** One of {@link infraErrorCodes}. */
export type InfraErrorCode = (typeof infraErrorCodes)[number]

/** What was looked for and not found, and what to install. */
export function noProvider(provider: 'auto' | 'jvm' | 'docker', found: readonly string[]): HanseError<InfraErrorCode> {
  return new HanseError(
    `Servers need a JDK 17 and Maven, or a running Docker engine; found: ${found.join('; ')}. Install them (Debian: apt-get install openjdk-17-jdk-headless maven), or start Docker.`,
    { code: 'NO_PROVIDER', details: { provider, found } },
  )
}
