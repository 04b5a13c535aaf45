import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestShop } from './test-shop.ts'
import type { TestShop } from './test-shop.ts'

const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => existsSync(path))
const missing = executablePath === undefined ? ' (needs Chromium)' : ''

describe.skipIf(executablePath === undefined)('the storefront', () => {
  let shop: TestShop
  let browser: Browser
  const outside: string[] = []
  const broken: string[] = []

  beforeAll(async () => {
    shop = await openTestShop()
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
    })
  })
  afterAll(async () => {
    await browser.close()
    await shop[Symbol.asyncDispose]()
  })

  const open = async (width: number): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height: 800 } })
    page.on('request', (request) => {
      if (!request.url().startsWith(shop.url) && !request.url().startsWith('data:')) outside.push(request.url())
    })
    page.on('pageerror', (error) => broken.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && message.text().includes('Content Security Policy')) broken.push(message.text())
    })
    await page.goto(shop.url)
    await page.waitForSelector('.card')
    return page
  }

  it(`finds products in spite of typos, orders one and follows it until it is confirmed${missing}`, async () => {
    const page = await open(1280)
    await page.fill('input[type=search]', 'cofee machne')
    await page.keyboard.press('Enter')
    await page.waitForSelector('h1:has-text("cofee machne")')
    expect(await page.locator('.card').first().textContent()).toMatch(/coffee machine/i)

    await page.goto(`${shop.url}/#/login`)
    await page.fill('[name=email]', 'shopper@shop.example')
    await page.fill('[name=password]', shop.shop.password)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.menu')
    await page.goto(`${shop.url}/#/?q=lamp`)
    await page.waitForSelector('h1:has-text("lamp")')
    for (let nth = 0; ; nth++) {
      await page.locator('.card-link').nth(nth).click()
      await page.waitForSelector('.product-text h1')
      if ((await page.locator('.buy button:enabled').count()) > 0) break
      await page.goBack()
    }
    await page.click('.buy button')
    await page.goto(`${shop.url}/#/checkout`)
    await page.fill('[name=street]', 'Lange Zeile 1')
    await page.fill('[name=postal_code]', '23552')
    await page.fill('[name=city]', 'Lübeck')
    await page.check('[value=tok_ok]')
    await page.click('button:has-text("Place the order")')
    await page.waitForSelector('.status-confirmed', { timeout: 30_000 })
    await page.close()
  })

  it(`fits a phone without scrolling sideways (seed-requirement 7)${missing}`, async () => {
    const page = await open(360)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await page.close()
  })

  it(`sends no request to another machine and breaks no rule of its content security policy (E21)${missing}`, () => {
    expect(outside).toEqual([])
    expect(broken).toEqual([])
  })
})
