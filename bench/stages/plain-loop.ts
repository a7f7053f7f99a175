import {contestant} from '../measure.ts'
import {chunks, f1, f2, f3} from './objects.ts'

await contestant(async () => {
  let rows = 0
  let total = 0
  for (const chunk of chunks())
    for (const item of chunk) {
      rows++
      total += f3(f2(f1(item))).d!
    }
  return {rows, total}
})
