import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { AbortOptions } from '@hanse/core'
import type { Instance } from '../record/instance.ts'
import type { ProbeOutcome } from './judge-health.ts'
import type { Prober } from './prober.ts'

/**
 * A {@link Prober} that asks the instance's health endpoint with GET: 2xx is `answered`, any other answer `failed`; redirects are not followed.
 * An instance without a health endpoint gets a TCP connection: `connected` or `refused`. Each probe has a connection of its own.
 */
export function httpProber(): Prober {
  return {
    probe: (instance, options) => (instance.healthUrl === undefined ? probePort(instance, options) : probeHealth(instance.healthUrl, options)),
  }
}

function probeHealth(url: string, { signal }: AbortOptions): Promise<ProbeOutcome> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    // No agent: an idle connection that waits for the next probe would say nothing of a process that has been replaced.
    const sent = request(url, { agent: false, headers: { connection: 'close' }, ...(signal === undefined ? {} : { signal }) }, (response) => {
      const { statusCode = 0 } = response
      response.destroy()
      resolve(statusCode >= 200 && statusCode < 300 ? 'answered' : 'failed')
    })
    sent.on('error', (error) => (signal?.aborted === true ? reject(signal.reason) : resolve(outcomeOf(error))))
    sent.end()
  })
}

function probePort({ host, port }: Instance, { signal }: AbortOptions): Promise<ProbeOutcome> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const socket = connect({ host, port })
    const onAbort = (): void => {
      socket.destroy()
      reject(signal?.reason)
    }
    const settle = (outcome: ProbeOutcome): void => {
      signal?.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(outcome)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.on('connect', () => settle('connected'))
    socket.on('error', (error) => settle(outcomeOf(error)))
  })
}

function outcomeOf(error: Error): ProbeOutcome {
  return 'code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'failed'
}
