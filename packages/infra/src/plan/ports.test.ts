import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { chooseAddresses } from './ports.ts'

const any = { nodes: 3, port: undefined } as const

describe('chooseAddresses', () => {
  it('gives ports that no outgoing connection gets, and none twice, though nobody listens yet', async () => {
    const chosen = [...(await chooseAddresses({ engine: 'cassandra', ...any })).slice(0, 1), ...(await chooseAddresses({ engine: 'kafka', ...any }))]
    const ports = chosen.flatMap(({ port, internalPort }) => [port, internalPort])
    expect(new Set(ports).size).toBe(8)
    expect(ports.filter((port) => port < 10_000 || port > 19_999)).toEqual([])
  })

  it('gives all nodes of Cassandra one port, on addresses of their own', async () => {
    const [one, two, three] = await chooseAddresses({ engine: 'cassandra', ...any })
    expect([one?.host, two?.host, three?.host]).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3'])
    expect([two?.port, three?.port, two?.internalPort, three?.internalPort]).toEqual([one?.port, one?.port, one?.internalPort, one?.internalPort])
  })

  it('leaves out a port that something holds, on whichever of the addresses', async () => {
    const [first] = await chooseAddresses({ engine: 'kafka', nodes: 1, port: undefined })
    const held = (first?.internalPort ?? 0) + 1
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(held, '127.0.0.3', resolve))
    onTestFinished(() => void holder.close())
    const [node] = await chooseAddresses({ engine: 'cassandra', ...any })
    expect(node?.port).not.toBe(held)
    await expect(chooseAddresses({ engine: 'cassandra', nodes: 3, port: held })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringMatching(`cassandra needs 127.0.0.3:${held}, but something else listens there .*name another port`),
    })
  })
})
