import { policies } from 'cassandra-driver'
import { isConditional } from '../query/statement.ts'
import type { WriteStatement } from '../query/statement.ts'

const { FallthroughRetryPolicy, RetryPolicy } = policies.retry
const never = new FallthroughRetryPolicy()
const once = new RetryPolicy()

/**
 * What the driver does by itself when a write fails. Plain writes are sent once more, to another node, where that does no harm: the driver asks for
 * idempotence after time-outs and lost connections, and repeats any write that too few copies were there to begin. A conditional write may have begun
 * in an earlier round when the server says so; it is never repeated blindly, and `settle` looks what became of it.
 */
export function retryPolicyOf(statements: readonly WriteStatement[]): policies.retry.RetryPolicy {
  return statements.some(isConditional) ? never : once
}
