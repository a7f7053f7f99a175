import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DoFn, type ProcessContext} from '../../../lib/core/index.ts'
import {map, parDo, slidingWindows, windowInto} from '../../../lib/index.ts'
import {testSource} from '../../../lib/testing/index.ts'
import {rejection, TestSink} from '../support.ts'

const sliding = () => windowInto(slidingWindows(20, {period: 10}), {timestamp: (n: number) => n})

class Starts extends DoFn<number, [number, number]> {
  override readonly observesWindow = true
  override *process(n: number, c: ProcessContext): Iterable<[number, number]> {
    yield [n, c.window.start]
  }
}

describe('a DoFn and elements in several windows', () => {
  it('processes such an element once without observesWindow, and keeps its windows', async () => {
    const sink = new TestSink<number>({release: false})
    await pipeline(
      testSource([[15]]),
      sliding(),
      map((n: number) => n + 1),
      sink,
    )
    expect(sink.values).to.deep.equal([16])
    expect(sink.got[0]!.windows).to.deep.equal([slidingWindows(20, {period: 10}).assign(15, 0)])
  })

  it('fails when it looks at the window, and names observesWindow', async () => {
    const error = await rejection(
      pipeline(
        testSource([[15]]),
        sliding(),
        map((n: number, c) => [n, c.window.start], {name: 'starts'}),
        new TestSink(),
      ),
    )
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', stage: 'starts'})
    expect(error.message).to.match(
      /starts: context.window was read for an element that is in 2 windows.*observesWindow = true/,
    )
  })

  it('processes it once for each window with observesWindow = true', async () => {
    const sink = new TestSink<[number, number]>({release: false})
    await pipeline(testSource([[15, 27]]), sliding(), new Starts(), sink)
    expect(sink.values).to.deep.equal([
      [15, 0],
      [15, 10],
      [27, 10],
      [27, 20],
    ])
    expect(sink.got[0]!.windows).to.have.length(4)
    expect(new Set(sink.ids).size).to.equal(4)
  })

  it('takes it as an option, for functions, and for asynchronous ones too', async () => {
    for (const fn of [
      (n: number, c: ProcessContext) => [n, c.window.start],
      async (n: number, c: ProcessContext) => [n, c.window.start],
    ]) {
      const sink = new TestSink()
      await pipeline(testSource([[15]]), sliding(), map(fn as never, {observesWindow: true}), sink)
      expect(sink.values).to.deep.equal([
        [15, 0],
        [15, 10],
      ])
    }
  })

  it('settles messages when all copies are committed', async () => {
    const source = testSource([[15, 27]], {leases: true})
    await pipeline(source, sliding(), new Starts(), new TestSink())
    expect(source.acked).to.deep.equal([15, 27])
  })

  it('refuses an option that is not true or false', () => {
    expect(() => parDo(() => [], {observesWindow: 1} as never)).to.throw(
      /option `observesWindow` is 1; give true or false/,
    )
  })
})
