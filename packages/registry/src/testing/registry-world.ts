import { systemClock } from '@hanse/core'
import { createManualClock } from '@hanse/core/testing'
import type { ManualClock } from '@hanse/core/testing'
import type { Database } from '@hanse/data'
import { createRegistry } from '../registry.ts'
import type { Registry } from '../registry.ts'
import type { RegistryOptions } from '../registry-options.ts'
import { createScriptedProber } from './scripted-prober.ts'
import type { ScriptedProber } from './scripted-prober.ts'

/** A registry that stands for a process of its own: with its own clock, and its own connection to the shared store. */
export interface WorldMember {
  readonly registry: Registry
  readonly clock: ManualClock
  /** Time stands still for this process: it hangs, or was stopped, or was killed without a farewell. */
  freeze(): void
  /** Time goes on for it. */
  thaw(): void
}

/** Several processes over one store, in virtual time. */
export interface RegistryWorld extends AsyncDisposable {
  /** What the members' probes find, unless a member has a prober of its own. */
  readonly prober: ScriptedProber
  /**
   * Adds a process.
   *
   * @param options - options of its registry beside store and clock; `nowMs` is what its wall clock shows
   */
  join(options?: Omit<RegistryOptions, 'store' | 'clock'> & { readonly nowMs?: number }): Promise<WorldMember>
  /** Lets `ms` milliseconds pass for every member that is not frozen, in small steps, so that the store can keep pace. */
  advance(ms: number): Promise<void>
  /**
   * Lets time pass until `check` no longer throws.
   * @throws the last error of `check` after `withinMs` of virtual time
   */
  until<T>(check: () => T | Promise<T>, withinMs?: number): Promise<T>
}

/** Options of {@link createRegistryWorld}. */
export interface RegistryWorldOptions {
  /** Opens one more connection to the same store; the world closes it. */
  open(): Promise<Database> | Database
}

const stepMs = 100

/**
 * Makes a {@link RegistryWorld}: hung processes, skewed clocks and lost members without a real process or a real second.
 *
 * @example
 * ```ts
 * await using world = createRegistryWorld({ open: () => createDatabase({ engine: sqlite({ file }), tables: {} }) })
 * const server = await world.join()
 * const client = await world.join()
 * await server.registry.register({ name: 'orders', url: 'http://10.0.0.7:3001', version: '1.0.0' })
 * server.freeze()
 * await world.advance(10_000)
 * ```
 */
export function createRegistryWorld(options: RegistryWorldOptions): RegistryWorld {
  const members = new Set<WorldMember>()
  const frozen = new Set<WorldMember>()
  const databases: Database[] = []
  const prober = createScriptedProber()

  const step = async (): Promise<void> => {
    for (const member of members) if (!frozen.has(member)) await member.clock.advance(stepMs)
    // A moment of real time, for the store's own work.
    await systemClock.sleep(0)
  }
  const world: RegistryWorld = {
    prober,
    async join({ nowMs, ...registryOptions } = {}) {
      const store = await options.open()
      databases.push(store)
      const clock = createManualClock(nowMs === undefined ? {} : { nowMs })
      const registry = createRegistry({ probe: { prober }, ...registryOptions, store, clock })
      const member: WorldMember = { registry, clock, freeze: () => void frozen.add(member), thaw: () => void frozen.delete(member) }
      members.add(member)
      await registry.start()
      return member
    },
    async advance(ms) {
      for (let passed = 0; passed < ms; passed += stepMs) await step()
    },
    async until(check, withinMs = 30_000) {
      for (let passed = 0; ; passed += stepMs) {
        try {
          return await check()
        } catch (error) {
          if (passed >= withinMs) throw error
        }
        await step()
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...members].map((member) => member.registry.close()))
      await Promise.all(databases.map((database) => database.close()))
    },
  }
  return world
}
