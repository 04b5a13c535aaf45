import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureKeys } from '../service/keys.ts'
import { assertImported, holdsShop, markImport, takeDataFolder } from './data-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanse-data-folder-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the data folder', () => {
  it('is taken where nothing is, or where migrations have made the keys of a shop on servers', async () => {
    expect(holdsShop(folder)).toBe(false)
    await ensureKeys(folder)
    expect(holdsShop(folder)).toBe(true)
    const secret = readFileSync(join(folder, 'keys', 'secret.json'), 'utf8')
    const release = await takeDataFolder(folder, false)
    release()
    expect(readFileSync(join(folder, 'keys', 'secret.json'), 'utf8')).toBe(secret)
  })

  it('is given free again when its keys cannot be made', async () => {
    const refuse = (): never => {
      throw new Error('other keys')
    }
    await expect(takeDataFolder(folder, false, refuse)).rejects.toThrow('other keys')
    expect(existsSync(join(folder, 'supervisor.pid'))).toBe(false)
  })

  it('is no place for a shop while an import into it is unfinished', () => {
    assertImported(folder)
    const finish = markImport(folder, '/copy')
    expect(() => assertImported(folder)).toThrow('ecommerce:import /copy --continue')
    finish()
    assertImported(folder)
    writeFileSync(join(folder, 'thesis.docx'), 'x')
    expect(holdsShop(folder)).toBe(false)
  })
})
