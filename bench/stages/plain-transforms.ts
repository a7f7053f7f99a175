import {Readable, Transform, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {contestant} from '../measure.ts'
import {chunks, f1, f2, f3, type Item} from './objects.ts'

await contestant(async () => {
  let rows = 0
  let total = 0
  const stage = (fn: (item: Item) => Item) =>
    new Transform({objectMode: true, transform: (item: Item, _, done) => done(null, fn(item))})
  const items = Readable.from(
    (function* () {
      for (const chunk of chunks()) yield* chunk
    })(),
  )
  const sum = new Writable({
    objectMode: true,
    write(item: Item, _, done) {
      rows++
      total += item.d!
      done()
    },
  })
  await pipeline(items, stage(f1), stage(f2), stage(f3), sum)
  return {rows, total}
})
