import { describe, expect, it } from 'vitest'
import { chooseLauncher } from './choose-launcher.ts'

describe('chooseLauncher', () => {
  it('says what was looked for and what to install', async () => {
    const choice = chooseLauncher({ provider: 'jvm', javaHome: '/nowhere/jdk-17' })
    await expect(choice).rejects.toMatchObject({
      code: 'NO_PROVIDER',
      message: expect.stringMatching(/no JDK 17 in \/nowhere\/jdk-17.*apt-get install openjdk-17/s),
    })
  })
})
