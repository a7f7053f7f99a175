import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {SluiceError} from '../../lib/errors/index.ts'
import {type Code, doFn, numberSource, numbers, rejection, settle, TestSink, TestSource} from './support.ts'

const boom = new RangeError('boom')
const fail = (): never => {
  throw boom
}

describe('an error in user code', () => {
  for (const [where, code, errorCode, element] of [
    ['process', {process: fail}, 'ERR_SLUICE_PROCESS', 0],
    ['an asynchronous process', {process: async () => fail()}, 'ERR_SLUICE_PROCESS', 0],
    [
      'a generator',
      {
        *process() {
          yield 1
          fail()
        },
      },
      'ERR_SLUICE_PROCESS',
      0,
    ],
    [
      'an async generator',
      {
        async *process() {
          yield 1
          fail()
        },
      },
      'ERR_SLUICE_PROCESS',
      0,
    ],
    ['the third element', {process: x => (x === 2 ? fail() : [x])}, 'ERR_SLUICE_PROCESS', 2],
    ['setup', {setup: fail}, 'ERR_SLUICE_SETUP', undefined],
    ['an asynchronous setup', {setup: async () => fail()}, 'ERR_SLUICE_SETUP', undefined],
    ['startBundle', {startBundle: fail}, 'ERR_SLUICE_START_BUNDLE', undefined],
    ['finishBundle', {finishBundle: fail}, 'ERR_SLUICE_FINISH_BUNDLE', undefined],
    ['an asynchronous finishBundle', {finishBundle: async () => fail()}, 'ERR_SLUICE_FINISH_BUNDLE', undefined],
    ['teardown', {teardown: fail}, 'ERR_SLUICE_TEARDOWN', undefined],
    ['an asynchronous teardown', {teardown: async () => fail()}, 'ERR_SLUICE_TEARDOWN', undefined],
  ] as [string, Partial<Code<number, number>>, string, unknown][])
    it(`(${where}) rejects the pipeline with stage, element and the original object as cause`, async () => {
      const stage = doFn<number, number>({process: x => [x], ...code}, {name: 'Step'})
      const error = await rejection(
        pipeline(
          numberSource(5),
          stage,
          doFn(x => [x]),
          new TestSink(),
        ),
      )
      expect(error).to.be.instanceOf(SluiceError)
      expect(error['code']).to.equal(errorCode)
      expect(error.cause).to.equal(boom)
      expect(error['stage']).to.equal('Step')
      expect(error['element']).to.equal(element)
      expect(error.message).to.match(/^Step: .*boom/)
    })

  it('rejects with it in bundles that were gathered from a foreign stream, too', async () => {
    for (const process of [fail, async () => fail()]) {
      const error = await rejection(pipeline(Readable.from(numbers(10)), doFn(process), new TestSink()))
      expect(error.cause).to.equal(boom)
    }
  })

  it('in bundles() of a source is its cause', async () => {
    async function* broken() {
      yield [1]
      fail()
    }
    const error = await rejection(pipeline(new TestSource(broken(), {name: 'Read'}), new TestSink()))
    expect([error['code'], error['stage'], error.cause]).to.deep.equal(['ERR_SLUICE_SOURCE', 'Read', boom])
  })

  for (const [where, patch, errorCode] of [
    ['writeBundle', {writeBundle: fail}, 'ERR_SLUICE_SINK'],
    ['an asynchronous writeBundle', {writeBundle: async () => fail()}, 'ERR_SLUICE_SINK'],
    ['commit', {commit: fail}, 'ERR_SLUICE_SINK'],
    ['an asynchronous commit', {commit: async () => fail()}, 'ERR_SLUICE_SINK'],
    ['setup', {setup: fail}, 'ERR_SLUICE_SETUP'],
    ['an asynchronous setup', {setup: async () => fail()}, 'ERR_SLUICE_SETUP'],
    ['teardown', {teardown: fail}, 'ERR_SLUICE_TEARDOWN'],
  ] as const)
    it(`in ${where} of a sink is its cause`, async () => {
      const sink = Object.assign(new TestSink<number>({name: 'Write'}), patch)
      const error = await rejection(
        pipeline(
          numberSource(5),
          doFn(x => [x]),
          sink,
        ),
      )
      expect([error['code'], error['stage'], error.cause]).to.deep.equal([errorCode, 'Write', boom])
    })

  it('that is a SluiceError is not wrapped, only told where it happened', async () => {
    const mine = new SluiceError('ERR_SLUICE_READ', 'mine')
    const stage = doFn(
      () => {
        throw mine
      },
      {name: 'Step'},
    )
    expect(await rejection(pipeline(numberSource(1), stage, new TestSink()))).to.equal(mine)
    expect([mine.stage, mine.element]).to.deep.equal(['Step', 0])
  })

  it('may be anything: a string, undefined', async () => {
    for (const thing of ['text', undefined]) {
      const stage = doFn(() => {
        throw thing
      })
      const error = await rejection(pipeline(numberSource(1), stage, new TestSink()))
      expect(error.cause).to.equal(thing)
      expect(error.message).to.include(String(thing))
    }
  })

  it('keeps the element out of what is printed: elements may be private', async () => {
    const stage = doFn(fail)
    const error = await rejection(pipeline(numberSource(1), stage, new TestSink()))
    expect(Object.keys(error)).to.not.include('element')
  })

  it('is the first of several in flight; the others are not unhandled', async () => {
    const stage = doFn(async x => Promise.reject(new Error(`bad ${x}`)), {concurrency: 10})
    const error = await rejection(pipeline(numberSource(50), stage, new TestSink()))
    expect(error.message).to.include('bad 0')
    await settle(20)
  })
})
