import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serviceNames } from '../contracts/routes.ts'
import { exportKeys, importKeys, prepareExportFolder, readManifest, tablesFile, writeManifest } from './export-folder.ts'
import type { Manifest } from './export-folder.ts'

let root: string
let folder: string
let shop: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hanse-export-'))
  folder = join(root, 'export')
  shop = join(root, 'shop')
  mkdirSync(join(shop, 'keys'), { recursive: true })
  writeFileSync(join(shop, 'keys', 'secret.json'), '{"secret":"s"}')
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const counts = Object.fromEntries(serviceNames.map((owner) => [owner, { rows: { rows: 1, static: 0 } }])) as unknown as Manifest['counts']

async function writeExport(): Promise<void> {
  prepareExportFolder(folder)
  for (const owner of serviceNames) writeFileSync(join(folder, tablesFile(owner)), `of ${owner}\n`)
  exportKeys(shop, folder)
  await writeManifest(folder, { exportedAt: '2026-11-23T00:00:00.000Z', engines: 'embedded', counts })
}

describe('an export folder', () => {
  it('says what it holds, and is for its owner only', async () => {
    await writeExport()
    const manifest = await readManifest(folder)
    expect(manifest.counts).toEqual(counts)
    expect(Object.keys(manifest.files)).toEqual([...serviceNames.map(tablesFile), 'keys/secret.json'].toSorted())
    const modes = [folder, join(folder, 'keys'), join(folder, 'keys', 'secret.json'), join(folder, 'shop.json')].map((path) => statSync(path).mode & 0o077)
    expect(modes).toEqual([0, 0, 0, 0])
  })

  it.each<[string, () => void, RegExp]>([
    ['changed', () => writeFileSync(join(folder, 'user-service.jsonl'), 'of  ser-service\n'), /user-service\.jsonl is not what was exported/],
    ['missing', () => rmSync(join(folder, 'order-service.jsonl')), /order-service\.jsonl is missing/],
    ['too much', () => writeFileSync(join(folder, 'keys', 'other'), 'x'), /keys\/other is no part of the export/],
    ['a changed key', () => writeFileSync(join(folder, 'keys', 'secret.json'), '{"secret":"t"}'), /secret\.json is not what was exported/],
    ['unfinished', () => rmSync(join(folder, 'shop.json')), /no finished export.*Run ecommerce:export again/],
    ['of another version', () => writeFileSync(join(folder, 'shop.json'), '{"format":"hanse-ecommerce","version":2}'), /does not describe an export/],
  ])('that is %s is refused before it is read', async (_, damage, message) => {
    await writeExport()
    damage()
    await expect(readManifest(folder)).rejects.toThrow(message)
  })

  it('is made again where an export was interrupted, and never over another one or something else', async () => {
    await writeExport()
    expect(() => prepareExportFolder(folder)).toThrow('holds an export already')
    rmSync(join(folder, 'shop.json'))
    prepareExportFolder(folder)
    writeFileSync(join(folder, 'thesis.docx'), 'x')
    expect(() => prepareExportFolder(folder)).toThrow('thesis.docx')
    expect(readFileSync(join(folder, 'thesis.docx'), 'utf8')).toBe('x')
  })

  it('gives its keys to a shop that has none or the same, and to no other', async () => {
    await writeExport()
    const fresh = join(root, 'fresh')
    importKeys(folder, fresh)
    importKeys(folder, fresh)
    expect(readFileSync(join(fresh, 'keys', 'secret.json'), 'utf8')).toBe('{"secret":"s"}')
    writeFileSync(join(fresh, 'keys', 'secret.json'), '{"secret":"other"}')
    expect(() => importKeys(folder, fresh)).toThrow('another key than that of the export')
  })
})
