import { types } from 'cassandra-driver'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeDuration } from '../schema/duration.ts'
import { normalizeInet } from '../schema/inet.ts'
import { compileDecode } from './decode.ts'
import { compileEncode } from './encode.ts'

const decode = (name: 'decimal' | 'duration' | 'inet', read: unknown) => compileDecode({ kind: 'scalar', name })(read as never)
const encode = (name: 'decimal' | 'duration' | 'inet', value: string) => compileEncode({ kind: 'scalar', name })(value) as Buffer

describe('what the driver read', () => {
  it('comes out as any duration that was written, whose text the driver rounds', () => {
    expect(decode('duration', new types.Duration(57, 53, types.Long.fromNumber(14)))).toBe('4y9mo53d14ns')
    const amounts = fc.tuple(fc.boolean(), fc.nat(2_000), fc.nat(400), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }))
    fc.assert(
      fc.property(amounts, ([negative, months, days, nanos]) => {
        const text = normalizeDuration(`${negative ? '-' : ''}${months}mo${days}d${nanos}ns`) ?? ''
        const sign = negative ? -1 : 1
        const read = new types.Duration(sign * months, sign * days, types.Long.fromString(String(BigInt(sign) * nanos)))
        expect(decode('duration', read)).toBe(months + days + Number(nanos) === 0 ? '0s' : text)
      }),
    )
  })

  it('comes out as any address that was written, whose text the driver shortens too far', () => {
    expect(decode('inet', new types.InetAddress(encode('inet', '::2:0:9fb:a5d7:32:e6')))).toBe('::2:0:9fb:a5d7:32:e6')
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (given) => {
        const address = normalizeInet(given) ?? ''
        expect(decode('inet', new types.InetAddress(encode('inet', address)))).toBe(address)
      }),
    )
  })

  it('comes out as any decimal that was written, whose text the driver never ends from 310 digits on', () => {
    const numbers = fc.tuple(fc.bigInt({ min: -(10n ** 320n), max: 10n ** 320n }), fc.nat(400))
    fc.assert(
      fc.property(fc.oneof(numbers, fc.tuple(fc.bigInt({ min: -300n, max: 300n }), fc.nat(3))), ([unscaled, scale]) => {
        const digits = String(unscaled)
          .replace('-', '')
          .padStart(scale + 1, '0')
        const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
        expect(decode('decimal', types.BigDecimal.fromBuffer(encode('decimal', text)))).toBe(text)
      }),
    )
    const thousands = types.BigDecimal.fromBuffer(Buffer.from([0xff, 0xff, 0xff, 0xfd, 0x85]))
    expect(decode('decimal', thousands)).toBe('-123000')
  })
})
