import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'cassandra/index': 'src/cassandra/index.ts',
    'elasticsearch/index': 'src/elasticsearch/index.ts',
    'testing/index': 'src/testing/index.ts',
  },
  format: 'esm',
  dts: true,
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
  target: 'node22',
})
