export { elasticsearch } from './elasticsearch-engine.ts'
export type { ElasticsearchEngine } from './elasticsearch-engine.ts'
export type { ElasticsearchAuth, ElasticsearchOptions, ElasticsearchTls } from './elasticsearch-options.ts'
