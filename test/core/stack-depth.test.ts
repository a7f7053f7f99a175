import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DoFn, Sink, Source} from '../../lib/core/index.ts'

describe('the stack in a sink behind one DoFn', () => {
  it('has at most 58 frames, those of Node included', async () => {
    class Numbers extends Source<number> {
      override async *bundles() {
        yield [1, 2, 3]
      }
    }
    class Same extends DoFn<number, number> {
      override process(n: number) {
        return [n]
      }
    }
    let stack = ''
    class Deep extends Sink<number> {
      override writeBundle() {
        const limit = Error.stackTraceLimit
        Error.stackTraceLimit = Number.POSITIVE_INFINITY
        stack = new Error('here').stack!
        Error.stackTraceLimit = limit
      }
      override commit() {}
    }
    await pipeline(new Numbers(), new Same(), new Deep())
    expect(stack.split('\n').length - 1).to.be.within(20, 58)
  })
})
