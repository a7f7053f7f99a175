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
  it('fails the run at a text that is no JSON, with the text and the SyntaxError', async () => {
    const error = await failureOf(pipeline(create(['1', '{oops']), parseJson(), testSink()))
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', stage: 'parseJson', element: '{oops'})
    expect(error.cause).to.be.an.instanceof(SyntaxError)
  })
  it('sends what is no JSON, null and bad UTF-8 to a dead letter, and goes on', async () => {
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
})
