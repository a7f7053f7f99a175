import {PassThrough} from 'node:stream'
import {expect} from 'chai'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {flatten} from '../../lib/transforms/index.ts'
import {Kept, Mapped, numbers, Sort, Values} from './support.ts'

const same = (options?: {name: string}) => new Mapped((x: number) => x, options)

describe('building a pipeline', () => {
  const build = () => {
    const p = new Pipeline({name: 'orders'})
    return {p, read: p.apply('Read', new Values(numbers(3)))}
  }
  const refused = (fn: () => unknown, ...words: (string | RegExp)[]) => {
    let error: unknown
    try {
      fn()
    } catch (thrown) {
      error = thrown
    }
    expect(error).to.include({code: 'ERR_SLUICE_GRAPH'})
    const {message} = error as Error
    expect(message).to.contain("pipeline 'orders'")
    for (const word of words) expect(message).to.match(word instanceof RegExp ? word : new RegExp(word))
  }

  it('gives a stage the name of its step', () => {
    const stage = same({name: 'own'})
    build().read.apply('Double', stage)
    expect(stage.info).to.include({name: 'Double', named: true, applied: true})
  })

  it("takes the stage's own name when the step is given none", () => {
    const {p, read} = build()
    read.apply(same({name: 'own'}))
    expect(p.graph().steps.map(step => step.name)).to.deep.equal(['Read', 'own'])
  })

  it('refuses a step name that is taken', () => {
    const {read} = build()
    read.apply('Double', same())
    refused(() => read.apply('Double', same()), "already a step 'Double'", 'give this step another one')
  })

  it('says to give a name when a default name is taken', () => {
    const {read} = build()
    read.apply(same())
    refused(() => read.apply(same()), "already a step 'Mapped'", /name this step: apply\('Another Mapped', stage\)/)
  })

  it('leaves a stage that was refused for its name unused', () => {
    const {read} = build()
    const stage = same()
    refused(() => read.apply('Read', stage), "already a step 'Read'")
    expect(() => read.apply('Double', stage)).not.to.throw()
  })

  it('refuses an empty step name', () => {
    refused(() => build().read.apply('', same()), 'non-empty string')
  })

  it('refuses a step name that is not a string', () => {
    refused(() => build().read.apply(7 as never, same()), 'non-empty string, not 7')
  })

  it('refuses a stage object that is used twice', () => {
    const {read} = build()
    const stage = same()
    read.apply('One', stage)
    refused(() => read.apply('Two', stage), "stage object of step 'One' is used a second time", 'make a new one')
  })

  it('refuses a stage object that another pipeline uses', () => {
    const stage = same()
    new Pipeline({name: 'first'}).apply('R', new Values([1])).apply('One', stage)
    refused(() => build().read.apply('Two', stage), 'used a second time')
  })

  it('refuses a DoFn that is being piped into by hand', () => {
    const stage = same()
    new Values([1]).pipe(stage)
    refused(() => build().read.apply('Double', stage), 'is being piped into outside the pipeline')
  })

  it('refuses a sink that a foreign stream is piped into', () => {
    const sink = new Kept()
    new PassThrough({objectMode: true}).pipe(sink)
    refused(() => build().read.apply('Keep', sink), 'is being piped into outside the pipeline')
  })

  it('refuses a source that is piped by hand', () => {
    const source = new Values([1])
    source.pipe(new Kept())
    refused(() => build().p.apply('Again', source), 'is piped into Kept outside the pipeline')
  })

  it('refuses a source that somebody reads', () => {
    const source = new Values([1])
    source.on('data', () => {})
    refused(() => build().p.apply('Again', source), 'is being read outside the pipeline')
  })

  it('refuses a stage that is destroyed', () => {
    const stage = same()
    stage.destroy()
    refused(() => build().read.apply('Double', stage), 'was destroyed')
  })

  it('refuses a stage that something was written to', () => {
    const stage = same()
    stage.end()
    refused(() => build().read.apply('Double', stage), 'was written to')
  })

  it('refuses a DoFn without an input', () => {
    refused(() => build().p.apply('Double', same() as never), 'is a DoFn and needs an input', /collection\.apply\(/)
  })

  it('refuses a sink without an input', () => {
    refused(() => build().p.apply('Keep', new Kept() as never), 'is a sink and needs an input')
  })

  it('refuses a source after a collection', () => {
    refused(() => build().read.apply('Again', new Values([1]) as never), 'has inputs of its own', /p\.apply\(/)
  })

  it('refuses a step after a sink', () => {
    const after: unknown = build().read.apply('Keep', new Kept())
    refused(() => (after as {apply(x: unknown): void}).apply(same()), "'Keep' is a sink, and nothing can follow it")
    refused(() => (after as {tagged(x: string): void}).tagged('x'), "'Keep' is a sink")
  })

  it('refuses a tag of a tag', () => {
    const odd = build().read.apply('Sort', new Sort()).tagged('odd')
    refused(() => odd.tagged('even' as never), "'Sort.odd' is a tagged output")
  })

  it('refuses a tag that is not a name', () => {
    const sorted = build().read.apply('Sort', new Sort())
    refused(() => sorted.tagged(1 as never), "tagged\\(\\) of 'Sort' takes the name of an output, not 1")
  })

  it('refuses a function, and shows how to wrap it', () => {
    refused(() => build().read.apply('Double', ((x: number) => x) as never), /new X\(\)/, /map\(fn\), parDo\(fn\)/)
  })

  it('refuses a foreign stream, and shows the ways', () => {
    refused(() => build().read.apply('Gunzip', new PassThrough() as never), 'PassThrough', 'create', 'track')
  })

  it('refuses a collection as a step, and points to flatten', () => {
    const {p, read} = build()
    refused(() => p.apply('All', read as never), /flatten\(a, b\)/)
  })

  it('refuses a name without a stage', () => {
    refused(() => build().p.apply('Read' as never), 'was given no stage')
  })

  it('refuses a join with a collection of another pipeline', () => {
    const {p, read} = build()
    const other = new Pipeline({name: 'other'}).apply('Read', new Values([1]))
    refused(() => p.apply('All', flatten(read, other)), "collection of pipeline 'other'")
  })

  it('refuses a join of one output with itself', () => {
    const {p, read} = build()
    const sorted = read.apply('Sort', new Sort())
    refused(() => p.apply('All', flatten(sorted.tagged('odd'), sorted.tagged('odd'))), "joins 'Sort.odd' twice")
  })

  it('refuses a join after a collection', () => {
    const {read} = build()
    refused(() => read.apply('All', flatten(read) as never), 'has inputs of its own')
  })

  it('refuses an output taken by hand from a stage that is not a step', () => {
    const {p} = build()
    refused(() => p.apply('Odd', new Sort().tagged('odd')), 'is an output of Sort, which is not a step')
  })

  it('refuses bad options by name', () => {
    expect(() => new Pipeline({nam: 'x'} as never)).to.throw(/unknown option `nam`; did you mean `name`/)
    expect(() => new Pipeline({name: ''})).to.throw(/option `name`/)
    expect(() => new Pipeline({signal: 1 as never})).to.throw(/option `signal`/)
    expect(() => new Pipeline({allowMixedTargets: 'yes' as never})).to.throw(/option `allowMixedTargets`/)
  })
})
