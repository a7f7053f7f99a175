import {pipeline} from 'node:stream/promises'
import {type Bundle, map, Sink, Source} from 'sluice'
import {contestant} from '../measure.ts'
import {chunks, f1, f2, f3, type Item} from './objects.ts'

await contestant(async () => {
  let rows = 0
  let total = 0
  class Items extends Source<Item> {
    override *bundles() {
      yield* chunks()
    }
  }
  class Sum extends Sink<Item> {
    override writeBundle(bundle: Bundle<Item>) {
      for (const item of bundle.values) {
        rows++
        total += item.d!
      }
    }
    override commit() {}
  }
  await pipeline(new Items(), map(f1), map(f2), map(f3), new Sum())
  return {rows, total}
})
