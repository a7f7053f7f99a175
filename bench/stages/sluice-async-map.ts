import {pipeline} from 'node:stream/promises'
import {type Bundle, map, Sink, Source} from 'sluice'
import {contestant} from '../measure.ts'
import {f1, type Item} from './objects.ts'

/** Objects that go through the asynchronous path, 16 calls at a time. */
const COUNT = 200_000

await contestant(async () => {
  let rows = 0
  let total = 0
  class Items extends Source<Item> {
    override *bundles() {
      for (let i = 0; i < COUNT; i += 1000)
        yield Array.from({length: 1000}, (_, k): Item => ({a: i + k, name: `x${i + k}`}))
    }
  }
  class Sum extends Sink<Item> {
    override writeBundle(bundle: Bundle<Item>) {
      for (const item of bundle.values) {
        rows++
        total += item.b!
      }
    }
    override commit() {}
  }
  await pipeline(
    new Items(),
    map(async (item: Item) => f1(item), {concurrency: 16}),
    new Sum(),
  )
  return {rows, total}
})
