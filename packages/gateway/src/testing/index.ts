export { startFakeUpstream } from './fake-upstream.ts'
export type { FakeAnswer, FakeUpstream, FakeUpstreamOptions, SeenRequest } from './fake-upstream.ts'
export { resolverConformance } from './resolver-conformance.ts'
export type { ResolverHarness } from './resolver-conformance.ts'
