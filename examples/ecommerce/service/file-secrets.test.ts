import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withFileSecrets } from './file-secrets.ts'

it('reads a secret from the file that a setting names, and nothing else (seed-requirement 98)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanse-secret-'))
  const file = join(folder, 'password')
  writeFileSync(file, 'from a file\n')
  expect(withFileSecrets({ DEMO_PASSWORD_FILE: file, OTHER_FILE: '/nowhere', LOG_LEVEL: 'info' })).toEqual({
    DEMO_PASSWORD_FILE: file,
    DEMO_PASSWORD: 'from a file',
    OTHER_FILE: '/nowhere',
    LOG_LEVEL: 'info',
  })
  rmSync(folder, { recursive: true })
})

it('names the setting whose file is not there', () => {
  expect(() => withFileSecrets({ ELASTICSEARCH_PASSWORD_FILE: '/nowhere/password' })).toThrow('ELASTICSEARCH_PASSWORD_FILE names /nowhere/password')
})
