import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Jwk } from '@hanse/gateway'
import { exportJWK, generateKeyPair } from 'jose'

/** Who signs what: the user service access tokens, the gateway the caller's context, the order service its own calls. */
const signers = ['access-token', 'context-gateway', 'context-order-service'] as const

/** One of the shop's key pairs. */
export type Signer = (typeof signers)[number]

/** Makes the shop's keys, once for a data folder; private ones are readable by their owner only. */
export async function ensureKeys(dataFolder: string): Promise<void> {
  mkdirSync(folder(dataFolder), { recursive: true, mode: 0o700 })
  for (const signer of signers) {
    if (existsSync(publicFile(dataFolder, signer))) continue
    const pair = await generateKeyPair('EdDSA', { extractable: true })
    const common = { kid: `${signer}-${randomBytes(4).toString('hex')}`, alg: 'EdDSA', use: 'sig' }
    writeOnce(privateFile(dataFolder, signer), { ...(await exportJWK(pair.privateKey)), ...common })
    writeOnce(publicFile(dataFolder, signer), { ...(await exportJWK(pair.publicKey)), ...common })
  }
  const secret = join(folder(dataFolder), 'secret.json')
  if (!existsSync(secret)) writeOnce(secret, { secret: randomBytes(32).toString('base64') })
}

/** Whether a folder has the shop's keys. */
export function holdsKeys(dataFolder: string): boolean {
  return signers.every((signer) => existsSync(publicFile(dataFolder, signer)))
}

/** A private key, for the process that signs with it. */
export function readPrivateKey(dataFolder: string, signer: Signer): Jwk {
  return readJson<Jwk>(privateFile(dataFolder, signer))
}

/** The public keys of `signers`, for those who verify. */
export function readPublicKeys(dataFolder: string, ...wanted: readonly Signer[]): { readonly keys: readonly Jwk[] } {
  return { keys: wanted.map((signer) => readJson<Jwk>(publicFile(dataFolder, signer))) }
}

/** Thirty-two bytes that only this shop knows. */
export function readSecret(dataFolder: string): Buffer {
  return Buffer.from(readJson<{ secret: string }>(join(folder(dataFolder), 'secret.json')).secret, 'base64')
}

const folder = (dataFolder: string): string => join(dataFolder, 'keys')
const privateFile = (dataFolder: string, signer: Signer): string => join(folder(dataFolder), `${signer}.private.json`)
const publicFile = (dataFolder: string, signer: Signer): string => join(folder(dataFolder), `${signer}.public.json`)

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T
}

/** A crash leaves the whole file or none. */
function writeOnce(file: string, content: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
