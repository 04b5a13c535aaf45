import { describe, expect, it } from 'vitest'
import { parseMoveFlags } from './move-flags.ts'

describe('parseMoveFlags', () => {
  it('has the defaults of the shop', () => {
    const order = { folder: '/work/copy', data: '/work/.data/ecommerce', engines: 'embedded', again: false }
    expect(parseMoveFlags(['export', 'copy'], '/work')).toEqual({ command: 'export', ...order })
    expect(parseMoveFlags(['import', '--', 'copy', '--continue', '--engines', 'cluster', '--data', '/d'], '/work')).toEqual({
      command: 'import',
      ...order,
      data: '/d',
      engines: 'cluster',
      again: true,
    })
    expect(parseMoveFlags(['export', '--help'], '/work')).toEqual({ command: 'help' })
  })

  it.each([
    [['export'], /takes one folder/],
    [['import', 'a', 'b'], /takes one folder/],
    [['steal', 'a'], /'export' or an 'import'/],
    [['export', 'a', '--engines', 'sun'], /--engines takes/],
    [['export', 'a', '--continue'], /--continue is for ecommerce:import/],
    [['export', 'a', '--nonsense'], /nonsense/],
  ])('refuses %j with a sentence', (args, message) => {
    expect(() => parseMoveFlags(args, '/')).toThrow(message)
  })
})
