import {expect} from 'chai'
import {type DeadLetter, DoFn, deadLetter, type Target} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {Kept, Mapped, numbers, rejection, Values} from './support.ts'

class Strict extends DoFn<number, number, {bad: DeadLetter<number>}> {
  process(x: number) {
    if (x === 1) throw new Error('one')
    return [x]
  }
}

const target = (variable: string, local: boolean) => (): Target => ({
  service: variable.toLowerCase(),
  variable,
  local,
  explicit: false,
})

describe('a pipeline that must not run', () => {
  it('is an empty one', async () => {
    const error = await rejection(new Pipeline({name: 'orders'}).run())
    expect(error).to.include({code: 'ERR_SLUICE_GRAPH'})
    expect(error.message).to.match(/pipeline 'orders': it is empty; begin with p\.apply/)
  })

  it('is one with a source that nothing reads', async () => {
    const p = new Pipeline()
    const source = new Values(numbers(3))
    p.apply('Read', source)
    p.apply('Other', new Values([1])).apply('Keep', new Kept())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_GRAPH', stage: 'Read'})
    expect(error.message).to.match(/nothing reads 'Read'.*discard\(\)/)
    expect(source.pulled).to.equal(0)
  })

  it('is one that has run', async () => {
    const p = new Pipeline()
    p.apply('Read', new Values([1])).apply('Keep', new Kept())
    await p.run()
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_GRAPH'})
    expect(error.message).to.match(/has already run/)
  })

  it('is one that is running, which continues undisturbed', async () => {
    const p = new Pipeline()
    const sink = new Kept()
    p.apply('Read', new Values(numbers(30))).apply('Keep', sink)
    const run = p.run()
    expect(await rejection(p.run())).to.include({code: 'ERR_SLUICE_GRAPH'})
    await run
    expect(sink.values).to.deep.equal(numbers(30))
  })

  it('takes no further step after run()', async () => {
    const p = new Pipeline()
    const read = p.apply('Read', new Values([1]))
    read.apply('Keep', new Kept())
    const run = p.run()
    expect(() => read.apply('Late', new Kept())).to.throw(/after run\(\)/)
    await run
  })

  it('is one whose dead letters nobody reads, and may run once somebody does', async () => {
    const p = new Pipeline()
    const source = new Values(numbers(3))
    const rows = p.apply('Read', source).apply('Parse', new Strict({onError: deadLetter('bad')}))
    rows.apply('Keep', new Kept())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_TAG', stage: 'Parse'})
    expect(error.message).to.match(/'Parse' sets elements aside on output 'bad'.*tagged\('bad'\)/)
    expect(source.pulled).to.equal(0)

    const dead = new Kept<DeadLetter<number>>()
    rows.tagged('bad').apply('Dead', dead)
    await p.run()
    expect(dead.values.map(letter => letter.element)).to.deep.equal([1])
  })

  it('is one with a step that was connected by hand after apply()', async () => {
    const p = new Pipeline()
    const source = new Values(numbers(3))
    p.apply('Read', source).apply('Keep', new Kept())
    source.pipe(new Kept())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_GRAPH', stage: 'Read'})
    expect(error.message).to.match(/outside the pipeline/)
  })

  const mixed = (allowMixedTargets?: boolean) => {
    const p = new Pipeline(allowMixedTargets === undefined ? {} : {allowMixedTargets})
    const source = new Values(numbers(3), 10, {}, {target: target('STORAGE_EMULATOR_HOST', true)})
    const sink = new Kept({}, {target: target('BIGQUERY_EMULATOR_HOST', false)})
    p.apply('Read', source)
      .apply('Same', new Mapped(x => x))
      .apply('Write', sink)
    return {p, source, sink}
  }

  it('is one that mixes an emulator with Google Cloud', async () => {
    const {p, source} = mixed()
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
    expect(error.message).to.contain('Read').and.to.contain('Write').and.to.contain('allowMixedTargets')
    expect(source.pulled).to.equal(0)
  })

  it('sees mixed targets in parts of the graph that are not connected', async () => {
    const p = new Pipeline()
    const a = new Values([1], 10, {}, {target: target('STORAGE_EMULATOR_HOST', true)})
    const b = new Values([2], 10, {}, {target: target('PUBSUB_EMULATOR_HOST', false)})
    p.apply('A', a).apply('Keep A', new Kept())
    p.apply('B', b).apply('Keep B', new Kept())
    expect(await rejection(p.run())).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
  })

  it('may mix targets when it is told so', async () => {
    const {p, sink} = mixed(true)
    await p.run()
    expect(sink.values).to.deep.equal([0, 1, 2])
  })

  it('rejects, with a state and no counts, instead of throwing', async () => {
    const run = new Pipeline().run()
    expect(run.state).to.equal('failed')
    expect(run.metrics()).to.deep.equal([])
    await run.cancel()
    await rejection(run)
  })

  it('names a bad option of run()', async () => {
    expect((await rejection(new Pipeline().run({signl: 1} as never))).message).to.match(/did you mean `signal`/)
  })
})
