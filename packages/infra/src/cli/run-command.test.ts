import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readWish, runCommand } from './run-command.ts'

const run = async (...argv: readonly string[]) => {
  const printed: string[] = []
  const complained: string[] = []
  const code = await runCommand(argv, { print: (line) => printed.push(line), complain: (line) => complained.push(line), signal: new AbortController().signal })
  return { code, printed: printed.join('\n'), complained: complained.join('\n') }
}

describe('readWish', () => {
  it('reads names, versions and ports, the usual ports unless others are named', () => {
    const wish = readWish(['up', 'kafka', '--nodes', '3', '--fresh', '--kafka-version', '3.9.1', '--cassandra-port', '19042', '--directory', '/data'])
    expect(wish).toMatchObject({
      command: 'up',
      names: ['kafka'],
      start: {
        directory: '/data',
        nodes: 3,
        fresh: true,
        provider: 'auto',
        versions: { kafka: '3.9.1' },
        ports: { cassandra: 19042, kafka: 9092, elasticsearch: 9200 },
      },
    })
  })

  it.each([
    [['up', '--nodes', '2'], '--nodes must be 1 or 3; got 2.'],
    [['up', '--kafka-port', 'x'], '--kafka-port must be a whole number; got x.'],
    [['up', '--provider', 'podman'], '--provider must be auto, jvm or docker; got podman.'],
    [['up', '--nope'], `Unknown option '--nope'`],
  ])('refuses %j', (argv, sentence) => {
    expect(readWish(argv)).toContain(sentence)
  })
})

describe('runCommand', () => {
  it('explains itself, and answers 2 to what it does not understand', async () => {
    expect(await run()).toMatchObject({ code: 0, printed: expect.stringContaining('Usage: hanse-infra') })
    expect(await run('fly')).toMatchObject({ code: 2, complained: expect.stringContaining('There is no command fly.') })
    expect(await run('up', 'redis')).toMatchObject({ code: 2, complained: expect.stringContaining('There is no server redis') })
    expect(await run('kill')).toMatchObject({ code: 2, complained: expect.stringContaining('needs the name of a server') })
  })

  it('says so where nothing runs, also over a state file that was cut short', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'infra-cli-'))
    expect(await run('status', '--directory', directory)).toMatchObject({ code: 1, printed: `nothing runs in ${directory}` })
    await writeFile(join(directory, 'state.json'), '{"format":1,"serv')
    expect(await run('status', '--directory', directory)).toMatchObject({ code: 1 })
    expect(await run('kill', 'kafka-1', '--directory', directory)).toMatchObject({ code: 1 })
    expect(await run('down', '--directory', directory)).toMatchObject({ code: 0 })
  })
})
