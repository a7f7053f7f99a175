import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter, type ProcessContext, type Source} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {FakeClock, testSink, testSource} from '../../lib/testing/index.ts'
import {asList, asMap, asSingleton, create, discard, map, parDo, withKeys} from '../../lib/transforms/index.ts'
import {TestLogger} from '../core/fakes.ts'
import {ManualSource, settle, until} from '../core/support.ts'
import {Endless, numbers, rejection} from './support.ts'

interface All {
  all: readonly number[]
}
const plusAll = (n: number, c: ProcessContext<{}, All>) => n + c.side.all.length

/** Orders that look at rates; the rates come from a step. */
function build(rates: readonly [string, number][] = [['EUR', 2]]) {
  const p = new Pipeline({name: 'orders'})
  const table = asMap(p.apply('Rates', create(rates)))
  const out = testSink<number>()
  p.apply('Orders', create(['EUR']))
    .apply(
      'Enrich',
      map((currency: string, c) => c.side.rates.get(currency) ?? 0, {side: {rates: table}}),
    )
    .apply('Keep', out)
  return {p, out}
}

describe('side inputs of a Pipeline', () => {
  it('are collections of other steps', async () => {
    const {p, out} = build()
    const {steps} = await p.run()
    expect(out.values).to.deep.equal([2])
    expect(steps.map(({name, in: taken, out: given, unread}) => [name, taken, given, unread])).to.deep.equal([
      ['Rates', 0, 1, 0],
      ['Orders', 0, 1, 0],
      ['Enrich', 1, 1, 0],
      ['Keep', 1, 0, 0],
    ])
  })

  it('are counted in metrics and summary', async () => {
    const {p} = build()
    const result = await p.run()
    expect(result.steps[2]!.extra).to.deep.equal({'side.rates': 1})
    expect(result.summary()).to.match(/Enrich .* side\.rates 1/)
  })

  it('are edges of the graph: as data, Mermaid, dot and text', () => {
    const p = new Pipeline({name: 'side'})
    const sorted = p.apply('Read', create([1])).apply(
      'Sort',
      parDo((n: number, c: ProcessContext<{odd: number}>) => c.emit('odd', n)),
    )
    const side = {all: asList(p.apply('Other', create([1]))), odd: asList(sorted.tagged('odd'))}
    p.apply('Main', create([1])).apply(
      'Look',
      map((n: number, c) => n + c.side.all.length, {side}),
    )
    expect(p.graph().edges).to.deep.equal([
      {from: 'Read', to: 'Sort'},
      {from: 'Main', to: 'Look'},
      {from: 'Other', to: 'Look', side: 'all'},
      {from: 'Sort', to: 'Look', tag: 'odd', side: 'odd'},
    ])
    expect(p.graph('mermaid')).to.include('s2 -.->|"side all"| s4\n  s1 -.->|"odd, side odd"| s4')
    expect(p.graph('dot')).to.include('s2 -> s4 [label="side all" style=dashed]')
    expect(p.graph('text')).to.include('Other (source create)\n    -> Look [side all]')
  })

  it('may be tagged outputs, dead letters among them', async () => {
    const p = new Pipeline()
    const parsed = p.apply('Lines', create(['1', 'x'])).apply(
      'Parse',
      map((line: string) => JSON.parse(line), {onError: deadLetter('bad')}),
    )
    parsed.apply('Drop', discard())
    const bad = asList(parsed.tagged('bad'))
    const out = testSink<number>()
    p.apply('Main', create([1]))
      .apply(
        'Count',
        map((_: number, c) => c.side.bad.length, {side: {bad}}),
      )
      .apply('Keep', out)
    await p.run()
    expect(out.values).to.deep.equal([1])
  })

  it('serve several steps, and are built once', async () => {
    const p = new Pipeline()
    const source = testSource([numbers(3)])
    const all = asList(p.apply('Read', source))
    const out = testSink<number>()
    p.apply('Main', create([0]))
      .apply('A', map(plusAll, {side: {all}}))
      .apply('B', map(plusAll, {side: {all}}))
      .apply('Keep', out)
    await p.run()
    expect(out.values).to.deep.equal([6])
    expect(source.pulled).to.equal(3)
  })

  it('may be plain sources, which are counted after the step', async () => {
    const p = new Pipeline()
    const out = testSink<number>()
    p.apply('Main', create([0]))
      .apply('Add', map(plusAll, {side: {all: asList(create([1, 2], {name: 'Lookup'}))}}))
      .apply('Keep', out)
    const {steps} = await p.run()
    expect(out.values).to.deep.equal([2])
    expect(steps.map(({name, out: given}) => [name, given])).to.deep.include(['Add/Lookup', 2])
  })

  it('may be made by a function: a source that fails fails the run, one that is read stops with it', async () => {
    const build = (open: () => Source<number>) => {
      const p = new Pipeline()
      p.apply('Main', new Endless())
        .apply('Add', map(plusAll, {side: {all: asList(open)}}))
        .apply('Drop', discard())
      return p
    }
    const cause = new Error('disk gone')
    const error = await rejection(build(() => testSource([[1]], {error: cause})).run())
    expect(error).to.include({code: 'ERR_SLUICE_SOURCE', cause})
    const side = new ManualSource<number>()
    const run = build(() => side).run()
    await settle(20)
    await run.cancel()
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_CANCELLED'})
    await settle()
    expect(side.destroyed).to.equal(true)
  })

  it('are read although another step reads the collection too', async () => {
    const p = new Pipeline()
    const [rows, kept, out] = [p.apply('Rows', create(numbers(2500))), testSink<number>(), testSink<number>()]
    rows.apply('Rest', kept)
    p.apply('Main', create([0]))
      .apply('Add', map(plusAll, {side: {all: asList(rows)}}))
      .apply('Keep', out)
    await p.run()
    expect([out.values, kept.values.length]).to.deep.equal([[2500], 2500])
  })

  it('of another pipeline are refused when the step is applied', () => {
    const rows = new Pipeline({name: 'other'}).apply('Read', create([1]))
    const p = new Pipeline({name: 'mine'})
    const main = p.apply('Main', create([1]))
    const stage = map(plusAll, {side: {all: asList(rows)}})
    expect(() => main.apply('Add', stage)).to.throw(
      "pipeline 'mine': side input 'all' of plusAll is made of a collection of pipeline 'other' that is not of this pipeline",
    )
  })

  it('fail a plain pipeline, which does not know the collection', async () => {
    const rows = new Pipeline({name: 'other'}).apply('Read', create([1]))
    const stage = map(plusAll, {side: {all: asList(rows)}})
    const error = await rejection(pipeline(create([1]), stage, discard()))
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT'})
    expect(error.message).to.include("collection 'Read'").and.to.include('apply this stage to that pipeline')
  })

  it('are refused before anything is read when they are made of messages', async () => {
    const p = new Pipeline()
    const source = testSource([[1]], {leases: true})
    const all = asList(
      p.apply('Messages', source).apply(
        'Map',
        map((n: number) => n),
      ),
    )
    p.apply('Main', create([1]))
      .apply('Add', map(plusAll, {side: {all}}))
      .apply('Drop', discard())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Add'})
    expect(error.message).to.include("Add: side input 'all'").and.to.include('acknowledged')
    expect(source.pulled).to.equal(0)
  })

  it('that are a step of the pipeline are given as its collection: the stage itself is refused', async () => {
    const p = new Pipeline()
    const source = create([1])
    p.apply('Read', source).apply('Drop', discard())
    const add = map(plusAll, {side: {all: asList(source)}})
    p.apply('Main', create([1]))
      .apply('Add', add)
      .apply('Keep', discard())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_GRAPH', stage: 'Read'})
    expect(error.message).to.include('is piped into asList')
  })

  it('fail the run with the step named that failed', async () => {
    const p = new Pipeline()
    const cause = new Error('disk gone')
    const all = asList(p.apply('Rates', testSource([[1]], {error: cause})))
    p.apply('Main', new ManualSource<number>())
      .apply('Add', map(plusAll, {side: {all}}))
      .apply('Drop', discard())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_SOURCE', stage: 'Rates', cause})
  })

  it('fail the run with the step named that looks at them', async () => {
    const {p} = build([
      ['EUR', 1],
      ['EUR', 2],
    ])
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Enrich'})
    expect(error.message).to.include("Enrich: side input 'rates': asMap was given the key 'EUR' twice")
  })

  it('fail the run also when there is nothing to look them up for', async () => {
    const p = new Pipeline()
    const one = asSingleton(p.apply('None', create([] as number[])))
    p.apply('Main', create([] as number[]))
      .apply(
        'Add',
        map((n: number, c) => n + c.side.one, {side: {one}}),
      )
      .apply('Drop', discard())
    expect(await rejection(p.run())).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Add'})
  })

  it('end with the run that is cancelled while a step waits for them', async () => {
    const p = new Pipeline()
    const side = new ManualSource<number>()
    const all = asList(p.apply('Rates', side))
    p.apply('Main', new Endless())
      .apply('Add', map(plusAll, {side: {all}}))
      .apply('Drop', discard())
    const run = p.run()
    await settle(20)
    await run.cancel('enough')
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_CANCELLED'})
    expect(side.destroyed).to.equal(true)
  })

  it('are not cut short by a drain: the step continues when they are complete', async () => {
    const p = new Pipeline()
    const side = new ManualSource<number>()
    const out = testSink<number>()
    const main = new Endless()
    const all = asList(p.apply('Rates', side))
    p.apply('Main', main)
      .apply('Add', map(plusAll, {side: {all}}))
      .apply('Keep', out)
    const run = p.run()
    side.give([1])
    await until(() => main.info.metrics.out > 0)
    const drained = run.drain()
    side.give([2])
    side.finish()
    await drained
    expect(await run).to.include({drained: true})
    expect(out.values.slice(0, 2)).to.deep.equal([2, 3])
  })

  it('that do not end make a drain fail by its deadline', async () => {
    const p = new Pipeline()
    const all = asList(p.apply('Rates', new ManualSource<number>()))
    p.apply('Main', new Endless())
      .apply('Add', map(plusAll, {side: {all}}))
      .apply('Drop', discard())
    const run = p.run()
    await settle(20)
    await run.drain({deadline: 50})
    const error = await rejection(run)
    expect(error).to.include({code: 'ERR_SLUICE_DRAIN'})
    expect(error.message).to.match(/waiting for Add or in it/)
  })

  it('are reported by name when they stand still', async () => {
    const logger = new TestLogger()
    const p = new Pipeline({logger})
    const clock = new FakeClock()
    const all = asList(p.apply('Rates', clock.attach(new ManualSource<number>())))
    p.apply('Main', clock.attach(new Endless()))
      .apply('Add', clock.attach(map(plusAll, {side: {all}})))
      .apply('Drop', discard())
    const run = p.run()
    await settle(20)
    await clock.advance('1m')
    expect(logger.lines.filter(line => line.includes('has waited'))).to.have.length(1)
    expect(logger.lines[0]).to.include("Add has waited 30.0 s for its side input 'all'")
    await run.cancel()
    await rejection(run)
  })

  it('work for keyed collections', async () => {
    const p = new Pipeline()
    const byLength = asMap(
      p.apply('Words', create(['a', 'bb'])).apply(
        'Key',
        withKeys((word: string) => word.length),
      ),
    )
    const out = testSink<string | undefined>()
    p.apply('Main', create([2]))
      .apply(
        'Find',
        map((n: number, c) => c.side.byLength.get(n), {side: {byLength}}),
      )
      .apply('Keep', out)
    await p.run()
    expect(out.values).to.deep.equal(['bb'])
  })
})
