import {Readable, Transform} from 'node:stream'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'
import {chain, Pipeline} from '../../lib/pipeline/index.ts'
import {testSink} from '../../lib/testing/index.ts'
import {create, discard, filter, map} from '../../lib/transforms/index.ts'

type Loose = (...stages: unknown[]) => Promise<void>

/** How a chain that must not run is refused. */
async function refusal(...stages: unknown[]): Promise<string> {
  const error = await (chain as Loose)(...stages).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof SluiceError)) return String(error)
  return `${error.code} ${error.message}`
}

describe('chain', () => {
  it('runs a source, steps and a sink, and resolves when all is committed', async () => {
    const sink = testSink<string>()
    const result = await chain(
      create([1, 2, 3]),
      filter(n => n > 1),
      map(n => `n${n}`),
      sink,
    )
    expect(result).to.equal(undefined)
    expect(sink.values).to.deep.equal(['n2', 'n3'])
    expect(sink.writableFinished).to.equal(true)
  })

  it('rejects with what a stage fails with, and destroys the others', async () => {
    const source = create([1])
    const fail = map((): number => {
      throw new Error('no')
    })
    expect(await refusal(source, fail, discard())).to.match(/^ERR_SLUICE_PROCESS map: no/)
    expect(source.destroyed).to.equal(true)
  })

  it('takes twelve steps', async () => {
    const sink = testSink<number>()
    const add = () => map((n: number) => n + 1)
    await chain(create([0]), add(), add(), add(), add(), add(), add(), add(), add(), add(), add(), add(), add(), sink)
    expect(sink.values).to.deep.equal([12])
  })

  it('gives a tagged output that was connected before its elements', async () => {
    const [sink, bad] = [testSink<number>(), testSink<string>()]
    const parse = map(
      (n: number) => {
        if (n === 2) throw new Error('two')
        return n
      },
      {onError: deadLetter('bad')},
    )
    parse
      .tagged('bad')
      .pipe(map(({error}) => error))
      .pipe(bad)
    await chain(create([1, 2, 3]), parse, sink)
    expect([sink.values, bad.values]).to.deep.equal([[1, 3], ['two']])
  })

  it('refuses anything that is not a chain, before anything is read', async () => {
    const taken = map((n: number) => n)
    const applied = map((n: number) => n)
    new Pipeline().apply(create([1])).apply(applied)
    create([1]).pipe(taken)
    const cases: [unknown[], string][] = [
      [[], 'it takes a source and a sink, with any number of steps between them'],
      [[create([1])], 'it takes a source and a sink, with any number of steps between them'],
      [[map(String), discard()], 'it begins with a source, and String is a DoFn'],
      [[discard(), discard()], 'it begins with a source, and discard is a sink'],
      [[create([1]), map(String)], 'nothing reads String; end it with a sink, or with discard()'],
      [[create([1]), create([2]), discard()], 'create is a source and takes no elements; only the first stage is one'],
      [
        [create([1]), discard(), discard()],
        'discard is a sink, and nothing can follow it; for several sinks see tee()',
      ],
      [
        [create([1]), String, discard()],
        'chain() takes a stage, not [Function: String]; give an instance (new X()), or wrap a function: map(fn), parDo(fn)',
      ],
      [[create([1]), undefined, discard()], 'one of its stages is undefined'],
      [[create([1]), 7, discard()], 'chain() takes a source, a DoFn or a sink, not 7'],
      [
        [create([1]), taken, discard()],
        'map was written to already; give a stage that nothing is connected to, and let chain() connect it',
      ],
      [[create([1]), applied, discard()], 'map is a step of a Pipeline already; make a new stage'],
    ]
    for (const [stages, message] of cases)
      expect(await refusal(...stages)).to.equal(`ERR_SLUICE_GRAPH chain: ${message}`)
    const twice = map((n: number) => n)
    expect(await refusal(create([1]), twice, twice, discard())).to.match(/'map' is used a second time/)
    for (const foreign of [Readable.from([1]), new Transform()])
      expect(await refusal(foreign, discard())).to.match(/not a sluice stage .*Wrap it: create\(readable\)/)
  })

  it('refuses a dead letter that nobody reads, before anything is read', async () => {
    const source = create([1])
    const message = await refusal(source, map(String, {onError: deadLetter('bad')}), discard())
    expect(message).to.match(
      /^ERR_SLUICE_TAG chain: 'String' sets elements aside on output 'bad', and nothing reads it; /,
    )
    expect(source.readableDidRead).to.equal(false)
  })
})
