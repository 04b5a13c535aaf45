import { describe, expect, it } from 'vitest'
import { readConfig, toEnvironment } from './config.ts'

const complete = { SERVICE_NAME: 'order-service', SERVICE_PORT: '3003', DATA_FOLDER: '/data' }

describe('the configuration of a process', () => {
  it.each(Object.keys(complete))('names %s when it is missing (seed-requirement 121)', (name) => {
    expect(() => readConfig({ ...complete, [name]: undefined })).toThrow(name)
  })

  it('names every setting that is missing at once', () => {
    expect(() => readConfig({})).toThrow(/SERVICE_NAME.*SERVICE_PORT.*DATA_FOLDER/)
  })

  it.each([
    ['SERVICE_PORT', 'http'],
    ['SERVICE_PORT', ''],
    ['SERVICE_PORT', ' '],
    ['SERVICE_PORT', '1e3'],
    ['SERVICE_PORT', '70000'],
    ['SERVICE_PORT', '-1'],
    ['SEED', 'yes'],
    ['RATE_LIMIT', '0'],
    ['DEMO_PASSWORD', 'short'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%j and names it', (name, value) => {
    expect(() => readConfig({ ...complete, [name]: value })).toThrow(name)
  })

  it('limits rates, seeds nothing and listens on the loopback address unless told otherwise', () => {
    expect(readConfig(complete)).toMatchObject({ host: '127.0.0.1', rateLimit: true, seed: false, demoPassword: undefined, logLevel: 'info' })
  })

  it('reads back what it was written as', () => {
    const config = readConfig({ ...complete, SEED: 'true', RATE_LIMIT: 'false', DEMO_PASSWORD: 'a long password', LOG_LEVEL: 'debug' })
    expect(readConfig(toEnvironment(config))).toEqual(config)
  })
})
