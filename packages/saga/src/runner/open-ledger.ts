/** Keeps count of the open sagas in the buckets that a session announced them in. Pure bookkeeping. */
export class OpenLedger {
  readonly #buckets = new Map<number, Set<string>>()
  readonly #bucketOf = new Map<string, number>()
  #announcedInHigh = 0
  /** The bucket that announcements go to. */
  high = 1

  /** The first bucket that may hold an open saga. */
  get low(): number {
    let low = this.high
    for (const bucket of this.#buckets.keys()) if (bucket < low) low = bucket
    return low
  }

  /** How many announcements the present bucket has. */
  get announcedInHigh(): number {
    return this.#announcedInHigh
  }

  /** Notes an announcement; a saga announced before moves to the new bucket. */
  add(id: string, bucket: number): void {
    this.remove(id)
    const ids = this.#buckets.get(bucket) ?? new Set()
    ids.add(id)
    this.#buckets.set(bucket, ids)
    this.#bucketOf.set(id, bucket)
    if (bucket === this.high) this.#announcedInHigh++
  }

  /** The saga is no longer ours or has ended. */
  remove(id: string): void {
    const bucket = this.#bucketOf.get(id)
    if (bucket === undefined) return
    this.#bucketOf.delete(id)
    const ids = this.#buckets.get(bucket)
    ids?.delete(id)
    if (ids?.size === 0) this.#buckets.delete(bucket)
  }

  /** Opens a new bucket; call it when the store knows of it. */
  advance(high: number): void {
    this.high = high
    this.#announcedInHigh = 0
  }

  /** Sagas whose announcement is older than `bucket`. */
  olderThan(bucket: number): readonly string[] {
    return [...this.#buckets].flatMap(([number, ids]) => (number < bucket ? [...ids] : []))
  }
}
