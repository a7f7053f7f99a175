import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter} from '../../../lib/core/index.ts'
import {parseJson} from '../../../lib/io/json/index.ts'
import {runStage, testSink, testSource} from '../../../lib/testing/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf} from '../../files/fixtures.ts'

describe('parseJson', () => {
  it('parses strings and bytes, one value each', async () => {
    const given = ['{"a":1}', Buffer.from('[1,2]'), new Uint8Array([0x35]), '"x"']
    expect((await runStage(parseJson(), given)).output).to.deep.equal([{a: 1}, [1, 2], 5, 'x'])
  })
  it('fails the run at a text that is not JSON, with the text and the SyntaxError', async () => {
    const error = await failureOf(pipeline(create(['1', '{oops']), parseJson(), testSink()))
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', stage: 'parseJson', element: '{oops'})
    expect(error.cause).to.be.an.instanceof(SyntaxError)
  })
  it('reads numbers exactly, or as `numbers` says, in every format', async () => {
    const texts = {value: '[9007199254740993]', lines: '[9007199254740993]', array: '[[9007199254740993]]'} as const
    for (const format of ['value', 'lines', 'array'] as const) {
      const of = async (options: object) => (await runStage(parseJson({format, ...options}), [texts[format]])).output
      expect(await of({})).to.deep.equal([[9007199254740993n]])
      expect(await of({numbers: 'text'})).to.deep.equal([['9007199254740993']])
      expect(await of({numbers: 'double'})).to.deep.equal([[9007199254740992]])
    }
  })
  it('sends a number that would be rounded to a dead letter, naming its field', async () => {
    const parse = parseJson({onError: deadLetter('bad')})
    const bad = parse.tagged('bad').toArray()
    await pipeline(create(['{"a":{"b":0.12345678901234567}}', '{"a":0.1}']), parse, testSink())
    expect((await bad).map(({error}) => error)).to.have.length(1)
    expect((await bad)[0]!.error).to.match(/^field 'a\.b': 0\.12345678901234567 would become/)
  })
  it('sends anything that is not JSON, null and bad UTF-8 to a dead letter, and continues', async () => {
    const parse = parseJson({onError: deadLetter('bad')})
    const bad = parse.tagged('bad').toArray()
    const sink = testSink()
    await pipeline(create(['1', 'oops', 'null', Buffer.from([0x22, 0xff, 0x22]), '2']), parse, sink)
    expect(sink.values).to.deep.equal([1, 2])
    expect((await bad).map(({error}) => error.message ?? String(error))).to.have.length(3)
  })
  it('passes messages on with their values', async () => {
    const source = testSource([['1', '2']], {leases: true})
    await pipeline(source, parseJson(), testSink())
    expect(source.acked).to.deep.equal(['1', '2'])
  })
  it('gives the values of the lines of a text, and of the elements of an array', async () => {
    const lines = ['{"a":1}\n\n[2]\r\n', '', Buffer.from('3')]
    expect((await runStage(parseJson({format: 'lines'}), lines)).output).to.deep.equal([{a: 1}, [2], 3])
    const arrays = ['[{"a":1}, [2]]', '[]', Buffer.from(' [3]')]
    expect((await runStage(parseJson({format: 'array'}), arrays)).output).to.deep.equal([{a: 1}, [2], 3])
  })
  it('takes such a text whole: one bad value makes the text a dead letter, and nothing of it continues', async () => {
    const bad = async (format: 'lines' | 'array', texts: string[]) => {
      const parse = parseJson({format, onError: deadLetter('bad')})
      const letters = parse.tagged('bad').toArray()
      const sink = testSink()
      await pipeline(create([...texts, format === 'lines' ? '1' : '[1]']), parse, sink)
      expect(sink.values).to.deep.equal([1])
      return (await letters).map(({error}) => error)
    }
    expect(await bad('lines', ['1\n\noops\n', '1\nnull'])).to.have.length(2)
    const errors = await bad('array', ['{"a":1}', '[1, null]', '[1,]'])
    expect(errors.slice(0, 2)).to.deep.equal([
      '{ a: 1 } is not an array',
      'element 1 is null, which a stream cannot carry',
    ])
    expect(errors).to.have.length(3)
  })
  it('acknowledges a message when all its values are committed', async () => {
    const source = testSource([['1\n2', '']], {leases: true})
    const sink = testSink()
    await pipeline(source, parseJson({format: 'lines'}), sink)
    expect(sink.values).to.deep.equal([1, 2])
    expect(new Set(source.acked)).to.deep.equal(new Set(['1\n2', '']))
  })
  it('refuses options that it does not have', () => {
    expect(() => parseJson({format: 'auto'} as never)).to.throw(
      /parseJson: option `format` is 'auto'; give one of 'value'/,
    )
    expect(() => parseJson({rejects: true} as never)).to.throw(/unknown option `rejects`/)
  })
})
