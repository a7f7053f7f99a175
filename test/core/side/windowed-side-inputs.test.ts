import {expect} from 'chai'
import {
  asList,
  asMap,
  asSingleton,
  fixedWindows,
  globalWindow,
  map,
  Pipeline,
  slidingWindows,
  type WindowFn,
  windowInto,
} from '../../../lib/index.ts'
import {rejection, TestSink, TestSource} from '../support.ts'

const into = (fn: WindowFn) => windowInto(fn, {timestamp: (n: number) => n})

/** What each element of the main input sees of a list of the side input. */
async function seen(main: WindowFn | undefined, side: WindowFn, given: number[] = [1, 2, 12, 25]): Promise<unknown[]> {
  const p = new Pipeline()
  const list = asList(p.apply('Side', new TestSource([given])).apply('SideWindows', into(side)))
  const source = p.apply('Main', new TestSource([[5, 15, 35]]))
  const windowed = main ? source.apply('MainWindows', into(main)) : source
  const sink = new TestSink<unknown>()
  windowed.apply(map((n, c) => [n, ...c.side.list], {side: {list}})).apply(sink)
  await p.run()
  return sink.values
}

describe('a side input in windows', () => {
  it('holds for each element what is in its window', async () => {
    expect(await seen(fixedWindows(10), fixedWindows(10))).to.deep.equal([[5, 1, 2], [15, 12], [35]])
  })

  it('is looked up with the end of the main window', async () => {
    expect(await seen(fixedWindows(10), fixedWindows(20))).to.deep.equal([
      [5, 1, 2, 12],
      [15, 1, 2, 12],
      [35, 25],
    ])
    // the window that ends at 19 begins at 10
    expect(await seen(fixedWindows(20), fixedWindows(10))).to.deep.equal([[5, 12], [15, 12], [35]])
  })

  it('is the earliest of several sliding windows that hold that', async () => {
    expect(await seen(fixedWindows(10), slidingWindows(20, {period: 10}))).to.deep.equal([
      [5, 1, 2],
      [15, 1, 2, 12],
      [35, 25],
    ])
  })

  it('has an element of the main input once for each of its windows', async () => {
    expect(await seen(slidingWindows(20, {period: 10}), fixedWindows(10))).to.deep.equal([
      [5, 1, 2],
      [5, 12],
      [15, 12],
      [15, 25],
      [35],
      [35],
    ])
  })

  it('is the same for all elements from the global window', async () => {
    expect(await seen(fixedWindows(10), globalWindow())).to.deep.equal([
      [5, 1, 2, 12, 25],
      [15, 1, 2, 12, 25],
      [35, 1, 2, 12, 25],
    ])
  })

  it('can be looked at by asynchronous calls, several at a time', async () => {
    const p = new Pipeline()
    const side = p.apply('Side', new TestSource([[1, 12]])).apply('SideWindows', into(fixedWindows(10)))
    const sink = new TestSink<unknown>()
    p.apply('Main', new TestSource([[5, 15, 6]]))
      .apply('MainWindows', into(fixedWindows(10)))
      .apply(
        map(
          async (n, c) => {
            await null
            return [n, c.side.one]
          },
          {side: {one: asSingleton(side)}, concurrency: 3},
        ),
      )
      .apply(sink)
    await p.run()
    expect(sink.values).to.deep.equal([
      [5, 1],
      [15, 12],
      [6, 1],
    ])
  })

  it('may have a key once in each window', async () => {
    const p = new Pipeline()
    const side = p.apply('Side', new TestSource([[1, 12]])).apply('SideWindows', into(fixedWindows(10)))
    const sink = new TestSink<unknown>()
    p.apply('Main', new TestSource([[5, 15]]))
      .apply('MainWindows', into(fixedWindows(10)))
      .apply(map((n, c) => [n, c.side.all.get('k')], {side: {all: asMap(side, () => 'k')}}))
      .apply(sink)
    await p.run()
    expect(sink.values).to.deep.equal([
      [5, 1],
      [15, 12],
    ])
  })

  it('fails the element whose window has no value for a singleton', async () => {
    const p = new Pipeline()
    const side = p.apply('Side', new TestSource([[1]])).apply('SideWindows', into(fixedWindows(10)))
    p.apply('Main', new TestSource([[5, 15]]))
      .apply('MainWindows', into(fixedWindows(10)))
      .apply(
        'Look',
        map((n, c) => n + c.side.one, {side: {one: asSingleton(side)}}),
      )
      .apply(new TestSink<number>())
    expect(await rejection(p.run())).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Look', element: 15})
  })

  it('is refused before anything is read when the main input is in no windows', async () => {
    const error = await rejection(seen(undefined, fixedWindows(10)))
    expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
    expect(error.message).to.match(
      /the side input is in windows, and the elements of map are in none.*globalWindow\(\)/,
    )
  })
})
