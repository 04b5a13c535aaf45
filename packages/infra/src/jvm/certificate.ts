import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { AbortOptions } from '@hanse/core'
import type { ProviderOptions } from '../choose-launcher.ts'
import { noProvider } from '../errors.ts'
import { findJavaTools } from './java.ts'

/** What a server proves itself with, and what its clients check that by. */
export interface ServerCertificate extends AsyncDisposable {
  /** The path of a key store (PKCS #12) for the server. */
  readonly keystore: string
  /** The password of the key store. */
  readonly password: string
  /** The certificate as PEM: the `ca` of a client. */
  readonly ca: string
}

const run = promisify(execFile)

/**
 * Makes a certificate for `127.0.0.1` and `localhost`, valid for two days, with the `keytool` of the JDK that the servers run on. Its files are removed
 * when it is disposed of; give them to the servers with the option `settings` of `startInfra`.
 *
 * @throws HanseError `NO_PROVIDER` without a JDK 17
 */
export async function createServerCertificate(options: Pick<ProviderOptions, 'javaHome'> & AbortOptions = {}): Promise<ServerCertificate> {
  const tools = await findJavaTools(options)
  if (typeof tools === 'string') throw noProvider('jvm', [tools])
  const keytool = tools.java === 'java' ? 'keytool' : join(dirname(tools.java), 'keytool')
  const folder = await mkdtemp(join(tmpdir(), 'hanse-certificate-'))
  const [keystore, pem, password] = [join(folder, 'server.p12'), join(folder, 'server.pem'), 'loopback']
  const store = ['-alias', 'server', '-keystore', keystore, '-storetype', 'PKCS12', '-storepass', password]
  const name = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1,dns:localhost', '-validity', '2']
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await run(keytool, ['-genkeypair', '-keyalg', 'EC', ...store, ...name])
    await run(keytool, ['-exportcert', '-rfc', '-file', pem, ...store])
    return { keystore, password, ca: await readFile(pem, 'utf8'), [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}
