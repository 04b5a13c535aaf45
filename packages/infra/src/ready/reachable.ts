import { connect } from 'node:net'
import type { Address } from '../plan/server-plan.ts'

/** Whether something accepts connections at the address. */
export function isReachable({ host, port }: Pick<Address, 'host' | 'port'>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(2_000, () => end(false))
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
