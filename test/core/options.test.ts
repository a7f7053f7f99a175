import {expect} from 'chai'
import type {DoFnOptions} from '../../lib/core/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'
import {doFn, TestSink, TestSource} from './support.ts'

function refused(make: () => unknown): SluiceError {
  try {
    make()
  } catch (error) {
    expect(error).to.be.instanceOf(SluiceError)
    expect((error as SluiceError).code).to.equal('ERR_SLUICE_OPTION')
    return error as SluiceError
  }
  throw new Error('it was taken')
}
const stage = (options: object) => doFn(x => [x], options as DoFnOptions<Record<string, unknown>>)

describe('options of a stage', () => {
  for (const [name, given, allowed] of [
    ['highWaterMark', 0, 'an integer of at least 1'],
    ['highWaterMark', 1.5, 'an integer of at least 1'],
    ['highWaterMark', '1000', 'an integer of at least 1'],
    ['name', '', 'a non-empty string'],
    ['name', 7, 'a non-empty string'],
    ['signal', {}, 'an AbortSignal'],
  ] as const)
    it(`refuse ${name}: ${JSON.stringify(given)} at construction, in every kind of stage`, () => {
      for (const make of [
        () => stage({[name]: given}),
        () => new TestSource([], {[name]: given}),
        () => new TestSink({[name]: given}),
      ]) {
        const {message} = refused(make)
        expect(message).to.include(`option \`${name}\` is `)
        expect(message).to.include(`give ${allowed}`)
      }
    })

  for (const [name, given, allowed] of [
    ['concurrency', 0, 'an integer of at least 1'],
    ['concurrency', Number.POSITIVE_INFINITY, 'an integer of at least 1'],
    ['ordered', 'no', 'true or false'],
    ['timeout', '5 fortnights', "such as '500ms'"],
    ['timeout', 0, "such as '500ms'"],
    ['onError', 'ignore', "'fail', 'nack' or deadLetter('tag')"],
  ] as const)
    it(`refuse ${name}: ${JSON.stringify(given)} in a DoFn`, () => {
      const {message} = refused(() => stage({[name]: given, name: 'Step'}))
      expect(message).to.match(/^Step: /)
      expect(message).to.include(`option \`${name}\` is `)
      expect(message).to.include(allowed)
    })

  it('refuse unknown names, with the nearest known one', () => {
    expect(refused(() => stage({concurency: 2})).message).to.include('did you mean `concurrency`?')
    expect(refused(() => stage({HighWaterMark: 2})).message).to.include('did you mean `highWaterMark`?')
    expect(refused(() => new TestSink({whatever: 1} as never)).message).to.include(
      'Known options: name, highWaterMark, signal, logger',
    )
  })

  it('refuse anything that is not an object', () => {
    for (const given of [null, [], 'x']) refused(() => stage(given as never))
  })

  it('give a stage its name: the option, else the class', () => {
    expect(stage({name: 'Step'}).info.name).to.equal('Step')
    expect(stage({}).info.name).to.equal('TestFn')
    expect(new (class extends TestSource<number> {})([]).info.name).to.not.equal('')
  })
})

describe('a DoFn', () => {
  it('may define its methods as fields of the class', async () => {
    const {DoFn} = await import('../../lib/core/index.ts')
    const log: string[] = []
    class Fields extends DoFn<number, number> {
      override startBundle = () => void log.push('start')
      override process = (x: number) => [x]
    }
    const made = new Fields()
    const got: unknown[] = []
    made.on('data', x => got.push(x))
    made.end(1)
    await new Promise(resolve => made.once('end', resolve))
    expect([got, log]).to.deep.equal([[1], ['start']])
  })

  it('without process() says so', async () => {
    const made = doFn({process: undefined as never}, {name: 'Empty'})
    made.end(1)
    const error = await new Promise<Error>(resolve => made.once('error', resolve))
    expect(error.message).to.equal('Empty: a DoFn needs a method process(element, context)')
  })
})
