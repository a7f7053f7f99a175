import {expect} from 'chai'
import {BatchError, create, discard, map, Pipeline, type SluiceError} from 'sluice'

/** A pipeline whose step fails at its element. */
function failing(elements: boolean): Promise<SluiceError> {
  const p = new Pipeline({elements})
  const fail = map(() => {
    throw new Error('boom')
  })
  p.apply(create(['private']))
    .apply('Fail', fail)
    .apply(discard())
  return p.run().then(
    () => expect.fail('it must fail'),
    error => error as SluiceError,
  )
}

describe('what a pipeline says for all its steps', () => {
  const peaks = async (concurrency?: number) => {
    const p = new Pipeline(concurrency === undefined ? {} : {concurrency})
    const pause = async (n: number) => {
      await new Promise(setImmediate)
      return n
    }
    p.apply(create([1, 2, 3, 4, 5, 6, 7, 8]))
      .apply('None', map(pause))
      .apply('Own', map(pause, {concurrency: 2}))
      .apply(discard())
    const {steps} = await p.run()
    return steps.filter(({kind}) => kind === 'dofn').map(({peakInFlight}) => peakInFlight)
  }

  it('`concurrency` is that of DoFns without one of their own', async () => {
    expect(await peaks(4)).to.deep.equal([4, 2])
    expect((await peaks())[0]).to.equal(1)
  })

  it('metrics tell what waits for a step or is in it', async () => {
    const p = new Pipeline()
    let begun!: () => void
    let go!: () => void
    const called = new Promise<void>(resolve => {
      begun = resolve
    })
    const held = new Promise<void>(resolve => {
      go = resolve
    })
    const hold = map(async (n: number) => {
      begun()
      await held
      return n
    })
    p.apply(create([1, 2, 3]))
      .apply('Hold', hold)
      .apply(discard())
    const run = p.run()
    await called
    expect(run.metrics().map(({waiting}) => waiting)).to.deep.equal([0, 3, 0])
    go()
    expect((await run).steps.map(({waiting}) => waiting)).to.deep.equal([0, 0, 0])
  })

  it('errors carry their element, and none with `elements: false`', async () => {
    expect((await failing(true)).element).to.equal('private')
    expect((await failing(false)).element).to.equal(undefined)
  })

  it('a BatchError can be without its rows', async () => {
    const p = new Pipeline({elements: false})
    const refused = new BatchError('Write', 't', {count: 1, rows: [{row: {a: 1}, errors: []}], written: 0})
    const fail = map(() => {
      throw refused
    })
    p.apply(create([1]))
      .apply('Fail', fail)
      .apply(discard())
    const error = await p.run().catch((cause: BatchError) => cause)
    expect(error).to.equal(refused)
    expect(refused.rows).to.deep.equal([])
  })

  for (const concurrency of [0, 1.5, '2' as never])
    it(`refuses \`concurrency: ${concurrency}\``, () => {
      expect(() => new Pipeline({concurrency})).to.throw('option `concurrency`')
    })
})
