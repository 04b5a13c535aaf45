/** Facts beside a log message. Never secrets. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * What Hanse logs to. Silent by default; a pino logger fits as it is (fields first, then the message).
 */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** Logs nothing. The default of every `logger` option. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

function ignore(): void {}

/** Wraps a logger so that one that throws cannot hurt the code that logs. */
export function safeLogger(logger: Logger = silentLogger): Logger {
  if (logger === silentLogger) return silentLogger
  const guarded = (level: keyof Logger) => (fields: LogFields, message: string) => {
    try {
      logger[level](fields, message)
    } catch {
      // A log line is never worth a failed request.
    }
  }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
