import {PassThrough, Readable} from 'node:stream'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {collect, runStage, testSink, testSource} from '../../lib/testing/index.ts'
import {create, discard, map} from '../../lib/transforms/index.ts'
import {numbers, rejection, settle, thrown} from '../transforms/support.ts'

describe('collect', () => {
  it('gives the elements of stages, foreign streams and iterables', async () => {
    for (const stream of [create([1, 2]), Readable.from([1, 2]), [1, 2], new Set([1, 2])])
      expect(await collect<number>(stream as number[])).to.deep.equal([1, 2])
  })
  it('gives the elements of a chain made with pipe()', async () => {
    expect(await collect(create(numbers(1500)).pipe(map((x: number) => x)))).to.deep.equal(numbers(1500))
  })
  it('gives the elements of a foreign stream after a stage', async () => {
    expect(await collect(create([1, 2]).pipe(new PassThrough({objectMode: true})))).to.deep.equal([1, 2])
  })
  it('acknowledges messages', async () => {
    const source = testSource([[1, 2]], {leases: true})
    await collect(source.pipe(map((x: number) => x)))
    expect(source.acked).to.deep.equal([1, 2])
  })
  it('rejects with the error of any stage of a chain', async () => {
    const boom = new Error('boom')
    const source = testSource([[1]], {error: boom})
    expect(await rejection(collect(source.pipe(map((x: number) => x)).pipe(map((x: number) => x))))).to.include({
      cause: boom,
    })
  })
  it('destroys the chain when it fails', async () => {
    const source = testSource(endless())
    const failing = map((x: number) => {
      if (x === 1) throw new Error('boom')
      return x
    })
    await rejection(collect(source.pipe(failing)))
    await settle()
    expect(source.destroyed).to.equal(true)
  })
  it('refuses what cannot be read', async () => {
    expect((await rejection(collect(5 as never))).message).to.match(/^collect: option `stream` is 5/)
  })
})

describe('runStage', () => {
  it('gives main output, tags and counts', async () => {
    const stage = map((x: string) => JSON.parse(x) as number, {onError: deadLetter('bad')})
    const {output, tags, metrics} = await runStage(stage, ['1', 'x'], {tags: ['bad']})
    expect(output).to.deep.equal([1])
    expect(tags.bad).to.have.length(1)
    expect(metrics).to.include({in: 2, out: 1, failed: 1})
  })
  it('takes a source as input', async () => {
    expect(
      (
        await runStage(
          map((x: number) => x),
          testSource([[1], [2]]),
        )
      ).output,
    ).to.deep.equal([1, 2])
  })
  it('runs a sink to its commit', async () => {
    const sink = testSink<number>()
    expect((await runStage(sink, [1, 2])).output).to.deep.equal([])
    expect([sink.values, sink.commits]).to.deep.equal([[1, 2], 1])
  })
  it('rejects with what the stage fails with, also when tags are collected', async () => {
    const boom = new Error('boom')
    const stage = map(
      (x: number) => {
        if (x === 2) throw boom
        return x
      },
      {onError: 'fail'},
    )
    expect(await rejection(runStage(stage, [1, 2], {tags: ['any'] as never[]}))).to.include({cause: boom, element: 2})
  })
  it('refuses a source, unknown options and anything that is not a stage', async () => {
    for (const stage of [create([1]), {}])
      expect((await rejection(runStage(stage as never, []))).code).to.equal('ERR_SLUICE_OPTION')
    const wrong = runStage(
      map((x: number) => x),
      [],
      {tag: ['a']} as never,
    )
    expect((await rejection(wrong)).message).to.match(/did you mean `tags`/)
    expect(thrown(() => discard({nam: 'x'} as never)).code).to.equal('ERR_SLUICE_OPTION')
  })
})

function* endless() {
  for (let i = 0; ; i++) yield [i]
}
