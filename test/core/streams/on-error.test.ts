import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {flatten, map, partition} from '../../../lib/transforms/index.ts'
import {numberSource, numbers, settle, TestSink} from '../support.ts'

describe('error listeners of the library', () => {
  it('make Node warn of no leak, however many branches meet in one stage', async () => {
    const warnings: Error[] = []
    const heard = (warning: Error) => warnings.push(warning)
    process.on('warning', heard)
    try {
      const parts = partition(20, (n: number) => n % 20)
      parts.resume()
      const branches = numbers(20).map(k => parts.tagged(`${k}` as never).pipe(map((n: number) => n)))
      const sink = new TestSink<number>()
      numberSource(100).pipe(parts)
      await pipeline(flatten(...branches), sink)
      await settle()
      expect(sink.values.sort((a, b) => a - b)).to.deep.equal(numbers(100))
      expect(warnings).to.deep.equal([])
    } finally {
      process.off('warning', heard)
    }
  })
})
