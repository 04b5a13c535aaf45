/** One finished request, for {@link Metrics}. */
interface RequestSample {
  readonly method: string
  /** The route's pattern, never the path: paths are without number. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
  readonly attempts: number
  readonly reason: string | undefined
}

/** Counts what passes through the gateway. */
export interface Metrics {
  begin(): void
  end(sample: RequestSample): void
  /** An attempt on an instance failed; `kind` as in `FailureKind`. */
  attemptFailed(kind: string): void
  /** Everything counted so far, in Prometheus' text format, version 0.0.4. */
  text(): string
}

const bucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const
const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

interface Histogram {
  readonly counts: number[]
  total: number
  sumSeconds: number
}

/** Makes {@link Metrics}. The number of series is bounded by routes × methods × statuses. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>()
  const durations = new Map<string, Histogram>()
  const reasons = new Map<string, number>()
  const failures = new Map<string, number>()
  let inFlight = 0
  let retries = 0
  return {
    begin() {
      inFlight++
    },
    end({ method, route, status, durationMs, attempts, reason }) {
      inFlight--
      retries += Math.max(0, attempts - 1)
      count(requests, `method="${knownMethods.has(method) ? method : 'other'}",route="${escapeLabel(route)}",status="${status}"`)
      record(durations, `route="${escapeLabel(route)}"`, durationMs / 1_000)
      if (reason !== undefined) count(reasons, `reason="${reason}"`)
    },
    attemptFailed: (kind) => count(failures, `kind="${kind}"`),
    text: () =>
      [
        ...family('hanse_gateway_requests_total', 'counter', 'Requests that were answered or ended.', requests),
        ...family('hanse_gateway_refusals_total', 'counter', 'Requests that the gateway answered with a problem, or that broke off.', reasons),
        ...family('hanse_gateway_attempt_failures_total', 'counter', 'Attempts on instances that failed.', failures),
        ...family('hanse_gateway_retries_total', 'counter', 'Attempts beyond the first.', new Map([['', retries]])),
        ...family('hanse_gateway_requests_in_flight', 'gauge', 'Requests under way.', new Map([['', inFlight]])),
        ...histograms('hanse_gateway_request_duration_seconds', durations),
        '',
      ].join('\n'),
  }
}

function count(counters: Map<string, number>, labels: string): void {
  counters.set(labels, (counters.get(labels) ?? 0) + 1)
}

function record(histogramsByLabel: Map<string, Histogram>, labels: string, seconds: number): void {
  let histogram = histogramsByLabel.get(labels)
  if (histogram === undefined) histogramsByLabel.set(labels, (histogram = { counts: bucketsSeconds.map(() => 0), total: 0, sumSeconds: 0 }))
  const bucket = bucketsSeconds.findIndex((limit) => seconds <= limit)
  if (bucket !== -1) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1
  histogram.total++
  histogram.sumSeconds += seconds
}

function family(name: string, type: string, help: string, values: ReadonlyMap<string, number>): string[] {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
  for (const [labels, value] of values) lines.push(labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`)
  return lines
}

function histograms(name: string, values: ReadonlyMap<string, Histogram>): string[] {
  const lines = [`# HELP ${name} From the first byte of the request to the end of the answer.`, `# TYPE ${name} histogram`]
  for (const [labels, { counts, total, sumSeconds }] of values) {
    let below = 0
    for (const [index, limit] of bucketsSeconds.entries()) lines.push(`${name}_bucket{${labels},le="${limit}"} ${(below += counts[index] ?? 0)}`)
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${total}`, `${name}_sum{${labels}} ${sumSeconds}`, `${name}_count{${labels}} ${total}`)
  }
  return lines
}

function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
