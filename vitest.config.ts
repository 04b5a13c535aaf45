import { findProvider } from '@hanse/infra'
import { defineConfig } from 'vitest/config'

// The shop's tests run a second time on real servers, where this machine can start them; the reporter says so when it cannot.
const canStartServers = 'description' in (await findProvider())
const onCluster = ['contract', 'orders', 'move', 'cluster-drill', 'image'].map((name) => `examples/ecommerce/test/${name}.test.ts`)

export default defineConfig({
  test: {
    reporters: ['default', './scripts/engines-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/src/**/*.test.ts'], exclude: ['**/*.int.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'engines',
          include: ['packages/*/src/**/*.int.test.ts'],
          globalSetup: './scripts/engines.setup.ts',
          testTimeout: 120_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: { enabled: true, only: true, include: ['packages/*/src/**/*.test-d.ts'], tsconfig: './tsconfig.check.json' },
        },
      },
      {
        extends: true,
        test: {
          name: 'example',
          include: ['examples/*/**/*.test.ts'],
          exclude: ['**/{cluster-drill,image}.test.ts', '**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: canStartServers ? onCluster : [],
          env: { SHOP_ENGINES: 'cluster' },
          testTimeout: 180_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
      { extends: true, test: { name: 'docs', include: ['docs/**/*.test.ts'] } },
    ],
  },
})
