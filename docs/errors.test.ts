import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { coreErrorCodes } from '@hanse/core'
import { sqliteErrorCodes } from '@hanse/core/sqlite'
import { dataErrorCodes } from '@hanse/data'
import { eventBusErrorCodes } from '@hanse/event-bus'
import { gatewayErrorCodes, problemCodes } from '@hanse/gateway'
import { infraErrorCodes } from '@hanse/infra'
import { registryErrorCodes } from '@hanse/registry'
import { sagaErrorCodes } from '@hanse/saga'
import { searchErrorCodes } from '@hanse/search'
import { describe, expect, it } from 'vitest'

const exported: Readonly<Record<string, readonly string[]>> = {
  '@hanse/core': coreErrorCodes,
  '@hanse/core/sqlite': sqliteErrorCodes,
  '@hanse/data': dataErrorCodes,
  '@hanse/registry': registryErrorCodes,
  '@hanse/event-bus': eventBusErrorCodes,
  '@hanse/saga': sagaErrorCodes,
  '@hanse/gateway': gatewayErrorCodes,
  'Answers of the gateway': problemCodes,
  '@hanse/search': searchErrorCodes,
  '@hanse/infra': infraErrorCodes,
}

/** The rows of the table below each heading: the cells of one line, the code first. */
function tables(): ReadonlyMap<string, readonly (readonly string[])[]> {
  const page = readFileSync(join(import.meta.dirname, 'errors.md'), 'utf8')
  const sections = page.split(/^#{2,3} /m).slice(1)
  return new Map(
    sections.map((section) => {
      const lines = section.split('\n')
      const rows = lines
        .filter((line) => line.startsWith('| `'))
        .map((line) =>
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        )
      return [lines[0] ?? '', rows]
    }),
  )
}

const documented = tables()
const codesOf = (section: string): readonly string[] => (documented.get(section) ?? []).map(([code = '']) => code.replaceAll('`', ''))

describe('the page of errors', () => {
  it('has a table for every package that exports codes, and no other', () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(exported).sort())
  })

  it.each(Object.entries(exported))('names every code of %s', (section, codes) => {
    const listed = new Set(codesOf(section))
    const missing = codes.filter((code) => !listed.has(code))
    expect(missing, `docs/errors.md has no row for ${missing.join(', ')} under '${section}'; add one to its table`).toEqual([])
  })

  it.each(Object.entries(exported))('names no code that %s does not export, and none twice', (section, codes) => {
    const known = new Set(codes)
    const listed = codesOf(section)
    const foreign = listed.filter((code, index) => !known.has(code) || listed.indexOf(code) !== index)
    expect(foreign, `docs/errors.md names ${foreign.join(', ')} under '${section}', which is not exported there, or twice`).toEqual([])
  })

  it('says of every code when it comes, what to do, and whether to repeat the call', () => {
    const rows = [...documented.values()].flat()
    const gaps = rows.filter((cells) => cells.length !== 4 || cells.some((cell) => cell === ''))
    expect(gaps).toEqual([])
  })
})
