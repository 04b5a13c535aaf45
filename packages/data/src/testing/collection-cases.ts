import assert from 'node:assert/strict'
import { addToSet, append, increment, prepend, putEntries, removeEntries, removeFromSet } from '../query/changes.ts'
import { dataCase } from './harness.ts'
import type { DataEngineCase } from './harness.ts'

/** Collections, user types, tuples and counters. */
export const collectionCases: readonly DataEngineCase[] = [
  dataCase('a set comes back sorted and distinct', async ({ db, id }) => {
    await db.collections.insert({ id, tags: ['b', 'a', 'b', 'C'], numbers: [10, 9, -1, 9] })
    const row = await db.collections.get({ id })
    assert.deepEqual(row?.tags, ['C', 'a', 'b'])
    assert.deepEqual(row?.numbers, [-1, 9, 10])
  }),
  dataCase('a list keeps its order and its repetitions', async ({ db, id }) => {
    await db.collections.insert({ id, log: ['b', 'a', 'b'] })
    assert.deepEqual((await db.collections.get({ id }))?.log, ['b', 'a', 'b'])
  }),
  dataCase('a map comes back in order of its keys', async ({ db, id }) => {
    await db.collections.insert({
      id,
      attributes: { b: '2', a: '1' },
      by_number: new Map([
        [10, 'x'],
        [9, 'y'],
      ]),
    })
    const row = await db.collections.get({ id })
    assert.deepEqual(Object.entries(row?.attributes ?? {}), [
      ['a', '1'],
      ['b', '2'],
    ])
    assert.deepEqual(
      [...(row?.by_number ?? [])],
      [
        [9, 'y'],
        [10, 'x'],
      ],
    )
  }),
  dataCase('an empty collection is the same as none', async ({ db, id }) => {
    await db.collections.insert({ id, tags: [], log: [], attributes: {}, by_number: new Map() })
    const row = await db.collections.get({ id })
    assert.deepEqual([row?.tags, row?.log, row?.attributes, row?.by_number], [null, null, null, null])
  }),
  dataCase('an update to an empty collection removes it', async ({ db, id }) => {
    await db.collections.insert({ id, tags: ['a'] })
    await db.collections.update({ id }).set({ tags: [] })
    assert.equal((await db.collections.get({ id }))?.tags, null)
  }),
  dataCase('an empty frozen collection is a value', async ({ db, id }) => {
    await db.collections.insert({ id, frozen_tags: [] })
    assert.deepEqual((await db.collections.get({ id }))?.frozen_tags, [])
  }),
  dataCase('a whole new value replaces every element', async ({ db, id }) => {
    await db.collections.insert({ id, tags: ['a', 'b'], attributes: { a: '1', b: '2' }, log: ['x'] })
    await db.collections.update({ id }).set({ tags: ['c'], attributes: { c: '3' }, log: ['y', 'z'] })
    const row = await db.collections.get({ id })
    assert.deepEqual([row?.tags, row?.attributes, row?.log], [['c'], { c: '3' }, ['y', 'z']])
  }),
  dataCase('elements are added to and taken out of a set', async ({ db, id }) => {
    await db.collections.update({ id }).set({ tags: addToSet(['b', 'a']) })
    await db.collections.update({ id }).set({ tags: addToSet(['a', 'c']) })
    await db.collections.update({ id }).set({ tags: removeFromSet(['b', 'not there']) })
    assert.deepEqual((await db.collections.get({ id }))?.tags, ['a', 'c'])
  }),
  dataCase('entries of a map are put and removed one by one (seed-requirement 54)', async ({ db, id }) => {
    await db.collections.insert({ id, attributes: { a: '1', b: '2' } })
    await db.collections.update({ id }).set({ attributes: putEntries({ b: '3', c: '4' }) })
    await db.collections.update({ id }).set({ attributes: removeEntries(['a', 'not there']) })
    assert.deepEqual((await db.collections.get({ id }))?.attributes, { b: '3', c: '4' })
  }),
  dataCase('entries of a map with blobs and with number keys are put and removed', async ({ db, id }) => {
    await db.collections.update({ id }).set({
      files: putEntries({ x: Uint8Array.of(1) }),
      by_number: putEntries(
        new Map([
          [2, 'two'],
          [1, 'one'],
        ]),
      ),
    })
    await db.collections.update({ id }).set({ by_number: removeEntries([2]) })
    const row = await db.collections.get({ id })
    assert.deepEqual(row?.files, { x: Uint8Array.of(1) })
    assert.deepEqual([...(row?.by_number ?? [])], [[1, 'one']])
  }),
  dataCase('elements go before and behind a list', async ({ db, id }) => {
    await db.collections.update({ id }).set({ log: append(['b', 'c']) })
    await db.collections.update({ id }).set({ log: append(['d']) })
    await db.collections.update({ id }).set({ log: prepend(['a']) })
    assert.deepEqual((await db.collections.get({ id }))?.log, ['a', 'b', 'c', 'd'])
  }),
  dataCase('taking the last element out leaves null, and no row when nothing else is there', async ({ db, id }) => {
    await db.collections.update({ id }).set({ tags: addToSet(['a']) })
    await db.collections.update({ id }).set({ tags: removeFromSet(['a']) })
    assert.equal(await db.collections.get({ id }), undefined)
  }),
  dataCase('concurrent changes of different entries all stay', async ({ db, id }) => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => db.collections.update({ id }).set({ attributes: putEntries({ [`k${n}`]: String(n) }) })))
    assert.equal(Object.keys((await db.collections.get({ id }))?.attributes ?? {}).length, 20)
  }),
  dataCase('a user type, a tuple and nested frozen collections come back whole', async ({ db, id }) => {
    const profile = { bio: 'hello', links: ['https://a', 'https://b'] }
    await db.collections.insert({ id, profile, pair: ['a', 1], nested: { b: [2, 1], a: [] }, frozen_tags: ['y', 'x'] })
    const row = await db.collections.get({ id })
    assert.deepEqual(row?.profile, profile)
    assert.deepEqual(row?.pair, ['a', 1])
    assert.deepEqual(row?.nested, { a: [], b: [2, 1] })
    assert.deepEqual(row?.frozen_tags, ['x', 'y'])
  }),
  dataCase('a field that a user type value does not have is null', async ({ db, id }) => {
    await db.collections.insert({ id, profile: { bio: null, links: ['x'] }, pair: [null, 1] })
    const row = await db.collections.get({ id })
    assert.deepEqual(row?.profile, { bio: null, links: ['x'] })
    assert.deepEqual(row?.pair, [null, 1])
  }),
  dataCase('counters start at zero, go up and down, and are exact', async ({ db, id }) => {
    const key = { id, day: '2026-01-31' }
    await db.counters.update(key).set({ hits: increment(9007199254740993n) })
    await db.counters.update(key).set({ hits: increment(-1n), misses: increment() })
    assert.deepEqual(await db.counters.get(key), { ...key, hits: 9007199254740992n, misses: 1n })
  }),
  dataCase('fifty increments at once are fifty', async ({ db, id }) => {
    const key = { id, day: '2026-01-31' }
    await Promise.all(Array.from({ length: 50 }, () => db.counters.update(key).set({ hits: increment() })))
    assert.equal((await db.counters.get(key))?.hits, 50n)
  }),
]
