import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readVector, renderVector, similarityOfScore } from './vector-codec.ts'

const vectors = fc.float32Array({ minLength: 1, maxLength: 40, min: -1, max: 1, noNaN: true })

describe('a vector on its way to the server', () => {
  it('is JSON that differs from the vector by less than a float of length 1 can tell', () => {
    fc.assert(
      fc.property(vectors, (vector) => {
        const read = JSON.parse(renderVector(vector, 'cosine')) as number[]
        expect(read).toHaveLength(vector.length)
        for (const [i, value] of vector.entries()) expect(Math.abs((read[i] ?? NaN) - value)).toBeLessThanOrEqual(5.1e-9)
      }),
    )
  })

  it('keeps every bit where its length counts', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true }), (vector) => {
        expect(Float32Array.from(JSON.parse(renderVector(vector, 'dot')) as number[])).toEqual(vector.map((value) => value + 0))
      }),
    )
  })

  it('is CORRUPT_INDEX when it comes back with another length', () => {
    for (const stored of [undefined, 7, [], [1, 2]]) expect(() => readVector(stored, 3, 'x', 'a')).toThrow(expect.objectContaining({ code: 'CORRUPT_INDEX' }))
  })
})

it("reads the metric out of the server's score", () => {
  expect([1, 0.5, 0].map((score) => similarityOfScore('cosine', score))).toEqual([1, 0, -1])
  expect([11, 1, 0.5].map((score) => similarityOfScore('dot', score))).toEqual([10, 0, -1])
})
