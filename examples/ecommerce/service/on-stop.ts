import type { Logger } from '@hanse/core'

/** SIGTERM or a supervisor that is gone drains; a terminal's Ctrl-C is the supervisor's business. */
export function onStop(logger: Logger, stop: () => Promise<void>): void {
  let stopping = false
  const run = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    try {
      await stop()
      logger.info({}, 'stopped')
      process.exit(0)
    } catch (error) {
      logger.error({ err: error }, 'stop failed')
      process.exit(1)
    }
  }
  process.on('SIGTERM', () => void run())
  process.on('SIGINT', () => undefined)
  process.on('disconnect', () => void run())
}
