import { HanseError, raceAbort } from '@hanse/core'
import type { AbortOptions, Logger } from '@hanse/core'
import type { SqliteFile } from '@hanse/core/sqlite'
import { partitionLost } from '../errors.ts'
import type { JoinOptions, Membership, PartitionSink } from './event-transport.ts'
import { addMember, commitOffset, readClaims, releaseClaim, removeMember } from './group-store.ts'
import type { GroupOnTopic, StoredClaim } from './group-store.ts'
import { readHeads, readRecords } from './log-store.ts'

const recordsPerRead = 256
const bytesPerRead = 1 << 20

interface HeldClaim {
  readonly partition: number
  readonly epoch: number
  readonly sink: PartitionSink
  position: number
  pumping: boolean
  draining: Promise<void> | undefined
  ended: boolean
}

/** What a {@link GroupMember} works with. */
export interface GroupMemberOptions {
  readonly db: SqliteFile
  readonly id: string
  readonly session: string
  readonly at: GroupOnTopic
  readonly join: JoinOptions
  /** Called before each attempt at a record. */
  readonly confirm: () => void
  readonly logger: Logger
  readonly left: (member: GroupMember) => void
}

/** One member of a group on one topic: holds claims, feeds their records to sinks, gives them back when asked. */
export class GroupMember implements Membership {
  readonly #options: GroupMemberOptions
  readonly #claims = new Map<number, HeldClaim>()
  #leaving: Promise<void> | undefined

  constructor(options: GroupMemberOptions) {
    this.#options = options
  }

  /** Writes the membership; also after the session was taken for dead. */
  async enter(): Promise<void> {
    const { db, at, id, session, join } = this.#options
    await db.write((c) => addMember(c, at, id, session, join.from))
  }

  /** Brings the held claims in line with the file. */
  reconcile(): void {
    const { db, at, id } = this.#options
    const stored = db.read((c) => readClaims(c, at))
    for (const claim of stored) {
      const held = this.#claims.get(claim.partition)
      const mine = claim.owner === id
      if (held !== undefined && (!mine || held.epoch !== claim.epoch)) this.#lose(held)
      if (!mine || this.#leaving !== undefined) continue
      const current = this.#claims.get(claim.partition) ?? this.#take(claim)
      if (claim.wanted !== undefined && claim.wanted !== id) this.#giveBack(current)
    }
  }

  /** Feeds whatever is new to the sinks that are ready for it. */
  pump(): void {
    const { db, at } = this.#options
    if (this.#claims.size === 0) return
    const heads = db.read((c) => readHeads(c, at.topic))
    for (const claim of this.#claims.values()) {
      if (!claim.pumping && claim.position < (heads.get(claim.partition) ?? 0)) void this.#feed(claim)
    }
  }

  leave(options: AbortOptions = {}): Promise<void> {
    this.#leaving ??= this.#leave()
    return raceAbort(this.#leaving, options.signal)
  }

  /** Forgets everything at once: the session is closing or dead. */
  drop(): void {
    for (const claim of this.#claims.values()) this.#lose(claim)
  }

  async #leave(): Promise<void> {
    const { db, at, id, left } = this.#options
    await Promise.all([...this.#claims.values()].map((claim) => this.#drain(claim)))
    this.drop()
    left(this)
    await db.write((c) => removeMember(c, at, id))
  }

  #take(stored: StoredClaim): HeldClaim {
    const { at, join, confirm } = this.#options
    const { partition, epoch, committed } = stored
    const commit = (offset: number): Promise<void> => this.#commit(partition, epoch, offset)
    const sink = join.assigned({ topic: at.topic.name, partition, offset: committed, commit, confirm })
    const claim: HeldClaim = { partition, epoch, sink, position: committed, pumping: false, draining: undefined, ended: false }
    this.#claims.set(partition, claim)
    return claim
  }

  #lose(claim: HeldClaim): void {
    if (this.#claims.get(claim.partition) === claim) this.#claims.delete(claim.partition)
    if (claim.ended) return
    claim.ended = true
    claim.sink.lost()
  }

  async #commit(partition: number, epoch: number, offset: number): Promise<void> {
    const { db, at, id } = this.#options
    if (await db.write((c) => commitOffset(c, at, partition, id, epoch, offset))) return
    const held = this.#claims.get(partition)
    if (held?.epoch === epoch) this.#lose(held)
    throw partitionLost(at.group, at.topic.name, partition)
  }

  #giveBack(claim: HeldClaim): void {
    if (claim.draining !== undefined) return
    const { db, at, id, logger } = this.#options
    this.#drain(claim)
      .then(async () => {
        if (claim.ended || this.#leaving !== undefined) return
        claim.ended = true
        await db.write((c) => releaseClaim(c, at, claim.partition, id, claim.epoch))
        // Only now: a look in between must not take the partition anew.
        this.#lose(claim)
      })
      .catch((error: unknown) => {
        if (!HanseError.hasCode(error, 'CLOSED')) logger.error({ err: error, group: at.group, topic: at.topic.name }, 'could not give a partition back')
      })
  }

  #drain(claim: HeldClaim): Promise<void> {
    claim.draining ??= claim.sink.revoke()
    return claim.draining
  }

  async #feed(claim: HeldClaim): Promise<void> {
    const { db, at, logger } = this.#options
    claim.pumping = true
    try {
      while (!claim.ended && claim.draining === undefined) {
        const records = db.read((c) => readRecords(c, at.topic, claim.partition, claim.position, recordsPerRead, bytesPerRead))
        const last = records.at(-1)
        if (last === undefined) return
        claim.position = last.offset + 1
        await claim.sink.deliver(records)
      }
    } catch (error) {
      if (!HanseError.hasCode(error, 'CLOSED')) logger.error({ err: error, topic: at.topic.name, partition: claim.partition }, 'could not read a partition')
    } finally {
      claim.pumping = false
    }
  }
}
