// Runs beside a test or application that holds servers: when that parent is gone, however it ended, the servers end, too.
// It reads one line a server from its standard input, which the system closes with the parent.
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { isAlive, signalProcess } from './process-mark.ts'
import type { ProcessMark } from './process-mark.ts'

/** What the parent tells the keeper. */
export type KeeperLine = { readonly keep: ProcessMark } | { readonly remove: string } | { readonly done: true }

const marks: ProcessMark[] = []
const folders: string[] = []
let done = false

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as KeeperLine
  if ('keep' in message) marks.push(message.keep)
  else if ('remove' in message) folders.push(message.remove)
  else done = true
}
if (!done) {
  await Promise.all(marks.map((mark) => signalProcess(mark, 'SIGKILL')))
  while ((await Promise.all(marks.map(isAlive))).includes(true)) await new Promise((resolve) => setImmediate(resolve))
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
}
