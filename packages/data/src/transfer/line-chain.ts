import { crc32 } from 'node:zlib'
import { HanseError } from '@hanse/core'
import type { DataErrorCode } from '../errors.ts'

const seal = /^,"check":"([0-9a-f]{8})"\}$/
const sealLength = ',"check":"00000000"}'.length

/**
 * Seals the lines of an export, and opens them again. The check of a line is the CRC-32 of its text and of every line before it, so that a line
 * that was changed, lost, repeated or moved is found at that line, before it is used.
 */
export class LineChain {
  #sum = 0
  #number = 0

  /** A line of its own, with its check as the last member and a line feed. */
  seal(content: Readonly<Record<string, unknown>>): string {
    const text = JSON.stringify(content)
    return `${text.slice(0, -1)},"check":"${this.#next(text)}"}\n`
  }

  /**
   * What `seal` was given.
   * @throws HanseError `INVALID_EXPORT` naming the line
   */
  open(line: string): Readonly<Record<string, unknown>> {
    const text = `${line.slice(0, -sealLength)}}`
    const [, check] = seal.exec(line.slice(-sealLength)) ?? []
    const expected = this.#next(text)
    if (check === undefined) throw invalidExport(`line ${this.#number} is no line of an export: its check is missing`)
    if (check !== expected)
      throw invalidExport(`line ${this.#number} or the order of the lines before it was changed: its check is ${check}, its text gives ${expected}`)
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  }

  #next(text: string): string {
    this.#number++
    this.#sum = crc32(text, this.#sum)
    return this.#sum.toString(16).padStart(8, '0')
  }
}

/** An error that says what is wrong with an export and what to do. */
export function invalidExport(problem: string): HanseError<DataErrorCode> {
  return new HanseError(
    `the export cannot be imported: ${problem}. What was imported before stays; export again, or copy the whole file again, and import it once more.`,
    {
      code: 'INVALID_EXPORT',
    },
  )
}
