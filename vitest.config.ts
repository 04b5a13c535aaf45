import { defineConfig } from 'vitest/config'

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
      { extends: true, test: { name: 'example', include: ['examples/*/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } },
      { extends: true, test: { name: 'docs', include: ['docs/**/*.test.ts'] } },
    ],
  },
})
