import { createHash } from 'node:crypto'
import { addToList } from '../../service/bucketed-list.ts'
import { everybody } from './account-handlers.ts'
import { emailKey } from './email-key.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import type { UserParts } from './users.ts'

const accounts = [
  { email: 'admin@shop.example', name: 'Ada Admin', role: 'admin' },
  { email: 'shopper@shop.example', name: 'Sam Shopper', role: 'shopper' },
] as const

/** Makes the demo's accounts, or gives them the password that this start was told. */
export async function seedAccounts({ db, clock }: UserParts, password: string): Promise<void> {
  for (const { email, name, role } of accounts) {
    const existing = await db.users.getBy({ email_key: emailKey(email) })
    if (existing !== undefined && (await verifyPassword(password, existing.password_hash))) continue
    const password_hash = await hashPassword(password)
    if (existing !== undefined) {
      await db.users
        .update({ id: existing.id })
        .set({ password_hash, version: existing.version + 1 })
        .if({ version: existing.version })
      continue
    }
    const id = demoId(email)
    const now = new Date(clock.now())
    await addToList(db, everybody, now, id)
    await db.users.insertIfAbsent({ id, email, email_key: emailKey(email), name, role, password_hash, version: 1, created_at: now, updated_at: now })
  }
}

/** The same id on every start, so that a crash between two writes is healed by the next. */
function demoId(email: string): string {
  const hex = createHash('sha256').update(email).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
