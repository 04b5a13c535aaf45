// A process that is a member in a chaos run: it leaves when it is asked to (SIGTERM), and may be killed or frozen at any moment.
import { openChaosMember } from './chaos-member.ts'

const [, logFile = '', brokers = '', type = '', seed = ''] = process.argv.slice(2)
const member = openChaosMember({ logFile, brokers: brokers.split(','), type, seed: Number(seed) })
process.once('SIGTERM', () => void member.close())
await member.ready
