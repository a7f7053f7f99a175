import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {doFn, FailingSink, numberSource, rejection, TestSink} from './support.ts'

describe('a dead letter', () => {
  const parse = (options = {}) =>
    doFn<number, number>(
      {
        *process(x) {
          yield x
          if (x % 2 === 1) throw new TypeError(`odd ${x}`)
        },
      },
      {onError: deadLetter('bad'), name: 'Parse', ...options},
    )

  it('carries element, message, stack, stage and time; what the element had given is discarded', async () => {
    const stage = parse()
    const [bad, main] = [new TestSink<Record<string, unknown>>(), new TestSink<number>()]
    stage.tagged('bad').pipe(bad)
    await pipeline(numberSource(4), stage, main)
    expect(main.values).to.deep.equal([0, 2])
    expect(bad.values.map(({element, error, stage}) => ({element, error, stage}))).to.deep.equal([
      {element: 1, error: 'odd 1', stage: 'Parse'},
      {element: 3, error: 'odd 3', stage: 'Parse'},
    ])
    expect(bad.values[0]!['stack']).to.include('TypeError: odd 1')
    expect(bad.values[0]!['timestamp']).to.be.instanceOf(Date)
    expect(stage.info.metrics.failed).to.equal(2)
    expect(bad.ids).to.deep.equal(['s:1.bad.0', 's:3.bad.0'])
  })

  for (const later of [false, true])
    it(`takes back what the element had emitted to other tags${later ? ' (asynchronous)' : ''}`, async () => {
      const body = (x: number, c: {emit(tag: string, v: number): void}) => {
        c.emit('side', x)
        if (x % 2 === 1) throw new Error('odd')
        return [x]
      }
      const process = later ? async (...args: Parameters<typeof body>) => body(...args) : body
      const stage = doFn<number, number>(process, {onError: deadLetter('bad')})
      const side = new TestSink<number>()
      stage.tagged('side').pipe(side)
      stage.tagged('bad').pipe(new TestSink())
      await pipeline(numberSource(4), stage, new TestSink())
      expect(side.values).to.deep.equal([0, 2])
    })

  it('that nobody claimed fails the run at the first such element, which names output and fix', async () => {
    const error = await rejection(pipeline(numberSource(4), parse(), new TestSink()))
    expect(error['code']).to.equal('ERR_SLUICE_UNCLAIMED_DEAD_LETTER')
    expect(error.message).to.include("stage.tagged('bad')")
    expect(error['element']).to.equal(1)
    expect((error.cause as Error).message).to.equal('odd 1')
  })

  it('is made of asynchronous failures and time-outs too', async () => {
    const stage = doFn(async x => (x === 1 ? Promise.reject('not an Error') : [x]), {onError: deadLetter('bad')})
    const bad = new TestSink<Record<string, unknown>>()
    stage.tagged('bad').pipe(bad)
    await pipeline(numberSource(3), stage, new TestSink())
    expect(bad.values.map(({element, error, stack}) => [element, error, stack])).to.deep.equal([
      [1, 'not an Error', ''],
    ])
  })

  it('is not made of an error that comes from downstream', async () => {
    const stage = parse()
    const bad = new TestSink()
    stage.tagged('bad').pipe(bad)
    const error = await rejection(pipeline(numberSource(3000), stage, new FailingSink('write')))
    expect(error['code']).to.equal('ERR_SLUICE_SINK')
  })

  it('is not made of null given to a foreign stream: that fails the run', async () => {
    const stage = doFn<number, unknown>(() => [null], {onError: deadLetter('bad')})
    stage.tagged('bad').resume()
    const error = await rejection(pipeline(numberSource(1), stage, new PassThrough({objectMode: true})))
    expect(error['code']).to.equal('ERR_SLUICE_OUTPUT_TYPE')
  })
})
