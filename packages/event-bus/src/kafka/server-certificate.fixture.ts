import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a server proves itself with, and what its clients check that by. */
export interface ServerCertificate {
  /** A key store (PKCS #12) for the server. */
  readonly keystore: string
  /** Its password. */
  readonly password: string
  /** The certificate, PEM. */
  readonly ca: string
  /** Removes the files. */
  remove(): void
}

/** Makes a certificate for 127.0.0.1 with the `keytool` of the JDK that the servers run on. */
export function makeServerCertificate(): ServerCertificate {
  // oxlint-disable-next-line no-restricted-properties -- a fixture finds the JDK where the servers find it
  const home = process.env['JAVA_HOME']
  const tool = home === undefined ? 'keytool' : join(home, 'bin', 'keytool')
  const folder = mkdtempSync(join(tmpdir(), 'hanse-certificate-'))
  const [keystore, pem, password] = [join(folder, 'server.p12'), join(folder, 'server.pem'), 'only-of-a-test']
  const store = ['-alias', 'server', '-keystore', keystore, '-storetype', 'PKCS12', '-storepass', password]
  const name = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1,dns:localhost', '-validity', '2']
  execFileSync(tool, ['-genkeypair', '-keyalg', 'EC', ...store, ...name], { stdio: 'pipe' })
  execFileSync(tool, ['-exportcert', '-rfc', '-file', pem, ...store], { stdio: 'pipe' })
  return { keystore, password, ca: readFileSync(pem, 'utf8'), remove: () => rmSync(folder, { recursive: true }) }
}
