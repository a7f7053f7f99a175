import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {doFn, numberSource, rejection, TestSink, TestSource, until} from '../../support.ts'

describe('what process() returns', () => {
  for (const [what, given, said] of [
    ['a string', 'text', "a string ('text')"],
    ['a Buffer', Buffer.from('x'), 'a Buffer'],
    ['a typed array', new Uint8Array(2), 'a typed array'],
    ['a plain object', {id: 1}, 'a plain object ({ id: 1 })'],
    ['a number', 7, 'a number (7)'],
    ['a boolean', true, 'a boolean (true)'],
  ] as const)
    it(`is refused when it is ${what}: "return [row]"`, async () => {
      for (const process of [() => given, async () => given]) {
        const error = await rejection(pipeline(numberSource(1), doFn(process, {name: 'Step'}), new TestSink()))
        expect(error['code']).to.equal('ERR_SLUICE_OUTPUT_TYPE')
        expect(error.message).to.include(`Step: process() returned ${said}; return [row] for one output`)
        expect(error['element']).to.equal(0)
      }
    })

  it('is refused by the same rule in finishBundle', async () => {
    const error = await rejection(
      pipeline(numberSource(1), doFn({process: () => {}, finishBundle: () => 'text'}), new TestSink()),
    )
    expect(error['code']).to.equal('ERR_SLUICE_OUTPUT_TYPE')
    expect(error.message).to.include('finishBundle() returned a string')
  })

  it('may hold null for stages of ours', async () => {
    const sink = new TestSink<unknown>()
    await pipeline(
      numberSource(3),
      doFn<number, unknown>(() => [null]),
      doFn<unknown, unknown>(x => [x]),
      sink,
    )
    expect(sink.values).to.deep.equal([null, null, null])
  })

  it('may hold null for stages of ours, as the first value of bundles that had to wait too', async () => {
    const sink = new TestSink<unknown>({stall: true})
    const done = pipeline(
      numberSource(5000),
      doFn<number, unknown>(x => [x % 1000 === 0 ? null : x]),
      sink,
    )
    await until(() => sink.values.length > 0)
    sink.go()
    await done
    expect(sink.values).to.have.length(5000)
  })

  it('may not hold null for a foreign stream, whose end that would be', async () => {
    const nulls = doFn<number, unknown>(x => [x, null], {name: 'Nulls'})
    const error = await rejection(pipeline(numberSource(3), nulls, new PassThrough({objectMode: true})))
    expect(error['code']).to.equal('ERR_SLUICE_OUTPUT_TYPE')
    expect(error.message).to.include('Nulls emitted null')
  })

  it('may not hold null for a foreign consumer that comes in mid-stream', async () => {
    const nulls = doFn<number, unknown>(x => [x, null])
    const sink = new TestSink<unknown>({stall: true})
    numberSource(6000).pipe(nulls).pipe(sink)
    await until(() => nulls.readableLength > 0)
    nulls.unpipe(sink)
    const error = await rejection(nulls.toArray())
    expect(error['code']).to.equal('ERR_SLUICE_OUTPUT_TYPE')
  })

  it('of bundles() must be arrays or Bundles', async () => {
    for (const given of [7, 'text', null]) {
      class Wrong extends TestSource<number> {
        override async *bundles() {
          yield given as never
        }
      }
      const error = await rejection(pipeline(new Wrong([]), new TestSink()))
      expect(error['code']).to.equal('ERR_SLUICE_SOURCE')
      expect(error.message).to.include('yield an array of elements')
    }
  })

  it('of bundles() must be iterable', async () => {
    class Wrong extends TestSource<number> {
      override bundles() {
        return undefined as never
      }
    }
    const error = await rejection(pipeline(new Wrong([]), new TestSink()))
    expect(error.message).to.include('async *bundles(signal)')
  })
})
