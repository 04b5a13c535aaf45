import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** The storefront is plain JavaScript for browsers; these are the types that its tests go by. */
async function load<T>(file: string): Promise<T> {
  return (await import(new URL(`./assets/${file}`, import.meta.url).href)) as T
}

const money = await load<{
  readonly toCents: (amount: string) => bigint
  readonly fromCents: (cents: bigint) => string
  readonly totalOf: (lines: readonly { price: string; quantity: number }[]) => string
  readonly formatMoney: (amount: string, currency?: string) => string
  readonly readAmount: (typed: string) => string | undefined
}>('money.js')
const { createEventParser } = await load<{ readonly createEventParser: () => (chunk: string) => { event: string; data: string; id: string | undefined }[] }>(
  'event-stream.js',
)

interface Progress {
  readonly at: string
  readonly step: string
  readonly kind: string
  readonly attempt: number
  readonly detail?: string
}
interface Step {
  readonly step: string
  readonly label: string
  readonly state: string
  readonly attempt: number
}
const progress = await load<{
  readonly stepsOf: (events: readonly Progress[], options?: { ended?: boolean }) => Step[]
  readonly addEvent: (known: readonly Progress[], next: Progress) => readonly Progress[]
  readonly stateText: (step: Step) => string
}>('order-progress.js')
const { Problem, explain, explainReason } = await load<{
  Problem: new (facts: {
    status: number
    code: string
    detail: string
    errors?: readonly object[]
    retryAfterS?: number
  }) => Error & { outcomeUnknown: boolean }
  readonly explain: (error: unknown) => string
  readonly explainReason: (reason: string) => string
}>('problem.js')
const { matchRoute, readHash } = await load<{
  readonly matchRoute: (pages: Readonly<Record<string, string>>, path: string) => { page: string; params: Record<string, string> } | undefined
  readonly readHash: (hash: string) => { path: string; query: URLSearchParams }
}>('router.js')

describe('money', () => {
  it('adds and multiplies exactly, where floats would not', () => {
    expect(0.1 + 0.2).not.toBe(0.3)
    expect(
      money.totalOf([
        { price: '0.10', quantity: 1 },
        { price: '0.20', quantity: 1 },
      ]),
    ).toBe('0.30')
    expect(money.totalOf([{ price: '999999999999.99', quantity: 1000 }])).toBe('999999999999990.00')
    expect(money.totalOf([])).toBe('0.00')
  })

  it('reads any decimal string of the contract and writes two decimals', () => {
    expect(['7', '7.5', '7.05', '0.00'].map((amount) => money.fromCents(money.toCents(amount)))).toEqual(['7.00', '7.50', '7.05', '0.00'])
    expect(() => money.toCents('7,5')).toThrow(/not an amount/)
    expect(() => money.toCents('-1')).toThrow(/not an amount/)
  })

  it('prints amounts for people', () => {
    expect(money.formatMoney('1299.00')).toBe('€1,299.00')
    expect(money.formatMoney('123456789.5', 'CHF')).toBe('123,456,789.50\u00a0CHF')
  })

  it('understands what people type as a price', () => {
    expect(['20', '19.99', '19,99', '1.299,5', '1,299.50', '€ 5', '007'].map(money.readAmount)).toEqual(['20', '19.99', '19.99', '1299.5', '1299.50', '5', '7'])
    expect(['', 'abc', '-4', '1e3', '1.234567'].map(money.readAmount)).toEqual([undefined, undefined, undefined, undefined, undefined])
  })
})

describe('createEventParser', () => {
  const text = ': hello\n\nid: 1\nevent: progress\ndata: {"a":1}\n\nevent: end\r\ndata: one\r\ndata: two\r\n\r\nretry: 5\n\ndata:x\r\r'

  it('gives the same events however the stream is cut', () => {
    const whole = createEventParser()(text)
    expect(whole).toEqual([
      { event: 'progress', data: '{"a":1}', id: '1' },
      { event: 'end', data: 'one\ntwo', id: '1' },
    ])
    for (let size = 1; size < 9; size++) {
      const parse = createEventParser()
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      expect(pieces.flatMap(parse)).toEqual(whole)
    }
  })

  it('waits for the rest of a line that is cut in two', () => {
    const parse = createEventParser()
    expect(parse('data: par')).toEqual([])
    expect(parse('tial\n')).toEqual([])
    expect(parse('\n')).toEqual([{ event: 'message', data: 'partial', id: undefined }])
  })
})

describe('stepsOf', () => {
  const event = (step: string, kind: string, attempt = 1): Progress => ({ at: '2026-01-01T00:00:00Z', step, kind, attempt })
  const states = (events: readonly Progress[], ended = false) => Object.fromEntries(progress.stepsOf(events, { ended }).map((step) => [step.step, step.state]))

  it('shows the step after the last finished one as being worked on', () => {
    expect(states([])).toEqual({ reserveStock: 'running', chargePayment: 'waiting', confirmOrder: 'waiting' })
    expect(states([event('openOrder', 'completed'), event('reserveStock', 'completed')])).toEqual({
      reserveStock: 'done',
      chargePayment: 'running',
      confirmOrder: 'waiting',
    })
  })

  it('shows what is taken back, and begins nothing new behind a failure', () => {
    const events = [event('reserveStock', 'completed'), event('chargePayment', 'failed'), event('reserveStock', 'undoing'), event('reserveStock', 'undone')]
    expect(states(events.slice(0, 3))).toEqual({ reserveStock: 'undoing', chargePayment: 'failed', confirmOrder: 'waiting' })
    expect(states(events, true)).toEqual({ reserveStock: 'undone', chargePayment: 'failed', confirmOrder: 'waiting' })
  })

  it('gives steps that it does not know a place and a name', () => {
    const steps = progress.stepsOf([
      event('reserveStock', 'completed'),
      event('chargePayment', 'completed'),
      event('wrapGift', 'completed'),
      event('confirmOrder', 'completed'),
    ])
    expect(steps.map((step) => step.label)).toEqual(['Goods set aside for you', 'Payment', 'Wrap gift', 'Order confirmed'])
    expect(steps.every((step) => step.state === 'done')).toBe(true)
  })

  it('tells how many attempts it took', () => {
    const [, payment] = progress.stepsOf([
      event('reserveStock', 'completed'),
      event('chargePayment', 'failed', 1),
      event('chargePayment', 'started', 2),
      event('chargePayment', 'completed', 4),
    ])
    expect(payment && progress.stateText(payment)).toBe('Done, at attempt 4')
  })

  it('takes events that are sent again after a reconnect only once', () => {
    const known = progress.addEvent([], event('reserveStock', 'completed'))
    expect(progress.addEvent(known, event('reserveStock', 'completed'))).toBe(known)
    expect(progress.addEvent(known, event('reserveStock', 'undone'))).toHaveLength(2)
  })
})

describe('explain', () => {
  it('has words for every kind of failure (E19)', () => {
    for (const status of [0, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 499, 500, 502, 503, 504]) {
      const text = explain(new Problem({ status, code: 'x', detail: 'A detail.' }))
      expect(text).toMatch(/^[A-Z].*\.$/)
      expect(text).not.toMatch(/undefined|\bnull\b|[_{}]/)
    }
    expect(explain(new TypeError('x is not a function'))).not.toContain('function')
    expect(explain(new Problem({ status: 405, code: 'x', detail: '' }))).toMatch(/\.$/)
  })

  it('says when to try again', () => {
    expect(explain(new Problem({ status: 429, code: 'rate_limited', detail: '', retryAfterS: 42 }))).toContain('in 42 seconds')
  })

  it('tells answers that were lost from clear refusals', () => {
    const unknown = (status: number) => new Problem({ status, code: 'x', detail: '' }).outcomeUnknown
    expect([0, 408, 500, 502, 503, 504].map(unknown)).not.toContain(false)
    expect([400, 401, 404, 409, 422, 429].map(unknown)).not.toContain(true)
  })

  it('makes a sentence of reasons that it does not know', () => {
    expect(explainReason('out_of_stock')).toContain('sold out')
    expect(explainReason('moon_too_bright')).toBe('Moon too bright.')
  })
})

describe('matchRoute', () => {
  const pages = { '/': 'home', '/orders': 'orders', '/orders/:id': 'order' }

  it('finds pages and their parameters', () => {
    expect(matchRoute(pages, '/')?.page).toBe('home')
    expect(matchRoute(pages, '/orders')?.page).toBe('orders')
    expect(matchRoute(pages, '/orders/a%20b')).toEqual({ page: 'order', params: { id: 'a b' } })
    expect(matchRoute(pages, '/orders/%zz')?.params).toEqual({ id: '%zz' })
    expect(matchRoute(pages, '/orders/')).toBeUndefined()
    expect(matchRoute(pages, '/orders/1/2')).toBeUndefined()
  })

  it('keeps question marks within a query', () => {
    const { path, query } = readHash('#/?q=a%3Fb?c&brand=x&brand=y')
    expect([path, query.get('q'), query.getAll('brand')]).toEqual(['/', 'a?b?c', ['x', 'y']])
    expect(readHash('').path).toBe('/')
  })
})

describe('the files', () => {
  const folder = new URL('./', import.meta.url)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(html|css|js|svg|webmanifest)$/.test(name))
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')

  it('name no address outside of this machine (E21)', () => {
    for (const name of names) expect(read(name).replaceAll('http://www.w3.org/2000/svg', ''), name).not.toMatch(/https?:\/\/|@import|url\(/)
  })

  it('work under a policy without inline scripts and styles', () => {
    expect(read('index.html')).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
    for (const name of names.filter((one) => one.endsWith('.js')))
      expect(read(name), name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\.style\b|style:/)
  })

  it('refer only to files that exist', () => {
    const here = new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `/${name.replaceAll('\\', '/')}`))
    const referred = ['index.html', 'manifest.webmanifest'].flatMap((name) =>
      [...read(name).matchAll(/"(\/(?:assets\/|manifest)[^"]+)"/g)].map((match) => match[1] ?? ''),
    )
    expect(referred.length).toBeGreaterThan(8)
    expect(referred.filter((path) => !here.has(path))).toEqual([])
  })
})
