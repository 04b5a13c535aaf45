// Writes documents one after the other and says each id once its write has resolved, until it is killed.
import { createSearch, defineIndex, embedded, ngramEmbedder, text } from '../index.ts'

const [file = ''] = process.argv.slice(2)
const notes = defineIndex('notes', { id: 'id', fields: { title: text() }, vector: { from: ['title'], dimensions: 64 } })
const search = createSearch({ engine: embedded({ file }), embedder: ngramEmbedder({ dimensions: 64 }), indexes: { notes } })
for (let i = 0; ; i++) {
  await search.notes.index({ id: `n${i}`, title: `note number ${i}` }, { version: 1 })
  process.stdout.write(`n${i}\n`)
}
