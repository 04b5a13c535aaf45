import type { LogFields, Logger } from '../logger.ts'

/** One line that a {@link RecordingLogger} kept. */
export interface LogEntry {
  readonly level: keyof Logger
  readonly fields: LogFields
  readonly message: string
}

/** A logger that keeps its lines for a test to read. */
export interface RecordingLogger extends Logger {
  readonly entries: readonly LogEntry[]
}

/** Makes a {@link RecordingLogger}. */
export function createRecordingLogger(): RecordingLogger {
  const entries: LogEntry[] = []
  const keep = (level: keyof Logger) => (fields: LogFields, message: string) => void entries.push({ level, fields, message })
  return { entries, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}
