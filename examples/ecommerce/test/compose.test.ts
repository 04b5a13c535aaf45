import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../service/config.ts'
import { serviceNames } from '../contracts/routes.ts'
import { compose, dockerfile, ours, processes, root, services } from './compose-file.ts'

// There is no Docker engine where these tests must run, so the file is checked against what it names; image.test.ts goes the image's steps by hand.
describe('docker-compose.yml', () => {
  it('has every process of the shop, each with the command that starts it', () => {
    expect(processes.map(([name]) => name).toSorted()).toEqual(['gateway', ...serviceNames].toSorted())
    for (const [, { command }] of ours) expect(existsSync(join(root, command?.[0] ?? 'missing'))).toBe(true)
  })

  it('gives each process a configuration that it accepts, under the name by which others reach it', () => {
    for (const [name, { environment }] of processes) {
      const config = readConfig({ ...environment, DEMO_PASSWORD: 'from its file', ELASTICSEARCH_PASSWORD: 'from its file' })
      expect(config).toMatchObject({ name, host: name, engines: { kind: 'cluster', elasticsearch: { node: 'http://elasticsearch:9200' } } })
    }
  })

  it('names servers that are among its services, on the ports they listen on (seed-requirement 93)', () => {
    const { KAFKA_ADVERTISED_LISTENERS: advertised, KAFKA_PROCESS_ROLES: roles } = compose.services['kafka']?.environment ?? {}
    expect(advertised).toBe('INSIDE://kafka:9092')
    expect(roles).toBe('broker,controller')
    for (const [, { environment }] of processes) {
      expect(environment?.['KAFKA_BROKERS']).toBe('kafka:9092')
      expect(environment?.['CASSANDRA_HOSTS']).toBe('cassandra:9042')
      expect(environment?.['CASSANDRA_DATACENTER']).toBe(compose.services['cassandra']?.environment?.['CASSANDRA_DC'])
    }
  })

  it('pins every image to a version, Cassandra to 5.0 (seed-requirement 92)', () => {
    for (const [, { image }] of services.filter(([name]) => !ours.some(([own]) => own === name))) expect(image).toMatch(/:\d+\.\d+\.\d+$/)
    expect(compose.services['cassandra']?.image).toMatch(/^cassandra:5\.0\./)
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/:\d+\.\d+/)
  })

  it('checks the health of every server and process, restarts them, and lets dependants wait (seed-requirement 94)', () => {
    for (const [name, { healthcheck, restart, depends_on: waits }] of services) {
      expect(restart, name).toMatch(/unless-stopped|on-failure/)
      for (const [target, { condition }] of Object.entries(waits ?? {})) {
        expect(compose.services[target], target).toBeDefined()
        expect(condition).toMatch(/service_healthy|service_completed_successfully/)
      }
      expect(healthcheck === undefined, name).toBe(name === 'migrations')
    }
    for (const [, { healthcheck }] of processes) expect(existsSync(join(root, (healthcheck?.test.at(-1) ?? '').replace('/app/', '')))).toBe(true)
  })

  it('keeps the data of every server in a named volume (seed-requirement 96)', () => {
    for (const name of ['cassandra', 'kafka', 'elasticsearch']) {
      const [volume = ''] = compose.services[name]?.volumes?.map((mount) => mount.split(':')[0]) ?? []
      expect(Object.keys(compose.volumes)).toContain(volume)
    }
  })

  it('publishes the edge alone, on loopback, and keeps the rest on an internal network (seed-requirement 95)', () => {
    expect(services.flatMap(([name, { ports }]) => (ports === undefined ? [] : [[name, ...ports]]))).toEqual([['gateway', '127.0.0.1:3000:3000']])
    expect(compose.networks['inside']?.internal).toBe(true)
    for (const [name, { networks }] of services) expect(networks).toEqual(name === 'gateway' ? ['inside', 'edge'] : ['inside'])
  })

  it('has no secret in it: passwords come from files, and Elasticsearch asks for one (seed-requirement 98)', () => {
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//)
    for (const [name, { environment = {}, secrets = [] }] of services) {
      const sensitive = Object.entries(environment).filter(([setting]) => /PASSWORD|SECRET/.test(setting))
      for (const [setting, value] of sensitive) expect(`${setting}=${value}`, name).toMatch(/_FILE=\/run\/secrets\//)
      for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret)
    }
    expect(compose.services['elasticsearch']?.environment?.['xpack.security.enabled']).toBe('true')
  })

  it('limits memory and runs the shop without root on a file system that it cannot change (seed-requirement 98)', () => {
    for (const [name, { mem_limit: limit }] of services) expect(limit, name).toMatch(/^\d+[mg]$/)
    for (const [, service] of ours) expect(service.read_only).toBe(true)
    expect(dockerfile.split(/^FROM /m).at(-1)).toMatch(/^USER node$/m)
  })
})

describe('Dockerfile', () => {
  it('copies what is there and installs by the lockfile with the pnpm that the repository names', () => {
    for (const [, from = ''] of dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm))
      for (const file of from.split(' ')) expect(existsSync(join(root, file)), file).toBe(true)
    const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string }
    expect(dockerfile).toContain(`npx --yes ${packageManager} install --frozen-lockfile`)
  })
})
