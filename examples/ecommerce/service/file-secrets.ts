import { readFileSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** Settings that may come as the name of a file, so that a secret stands in no environment: `DEMO_PASSWORD_FILE` for `DEMO_PASSWORD`. */
const secrets = ['DEMO_PASSWORD', 'ELASTICSEARCH_PASSWORD'] as const

/**
 * Replaces `…_FILE` settings by what their files hold, without the line's end.
 * @throws Error that names the setting whose file cannot be read
 */
export function withFileSecrets(env: Environment): Environment {
  const read = secrets.flatMap((name) => {
    const file = env[`${name}_FILE`]
    return file === undefined ? [] : [[name, readSecretFile(`${name}_FILE`, file)]]
  })
  return { ...env, ...Object.fromEntries(read) }
}

function readSecretFile(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd()
  } catch (cause) {
    throw new Error(`${setting} names ${file}, which cannot be read.`, { cause })
  }
}
