import type { ServerPlan } from '../plan/server-plan.ts'

/** Ready means that the cluster's health is at least yellow. */
export async function elasticsearchIsReady(plans: readonly ServerPlan[]): Promise<true | string> {
  const [plan] = plans
  if (plan === undefined) return true
  try {
    const answer = await fetch(`http://${plan.host}:${plan.port}/_cluster/health?wait_for_status=yellow&timeout=1s`, { signal: AbortSignal.timeout(3_000) })
    await answer.arrayBuffer()
    return answer.ok || `${plan.name} answers its health with ${answer.status}`
  } catch (error) {
    return `${plan.name} does not answer at ${plan.host}:${plan.port} (${error instanceof Error ? error.message : String(error)})`
  }
}
