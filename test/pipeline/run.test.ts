import {expect} from 'chai'
import {
  type Bundle,
  type DeadLetter,
  DoFn,
  deadLetter,
  type ProcessContext,
  type Sink,
  silentLogger,
} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {flatten} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {Kept, Mapped, numbers, Sort, Values} from './support.ts'

const double = () => new Mapped((x: number) => x * 2)

describe('running a pipeline', () => {
  it('resolves when every sink has committed', async () => {
    const p = new Pipeline({name: 'orders'})
    const sink = new Kept<number>()
    p.apply('Read', new Values(numbers(25)))
      .apply('Double', double())
      .apply('Keep', sink)
    const result = await p.run()
    expect(sink).to.include({committed: true})
    expect(sink.values).to.deep.equal(numbers(25).map(x => x * 2))
    expect(result).to.include({name: 'orders', state: 'done'})
    expect(result.startedAt).to.be.a('date')
    expect(result.durationMs).to.be.a('number')
  })

  it('counts in and out of each step, in the order of apply', async () => {
    const p = new Pipeline()
    p.apply('Read', new Values(numbers(25)))
      .apply('Double', double())
      .apply('Keep', new Kept())
    const {steps} = await p.run()
    expect(steps.map(step => [step.name, step.kind, step.in, step.out])).to.deep.equal([
      ['Read', 'source', 0, 25],
      ['Double', 'dofn', 25, 25],
      ['Keep', 'sink', 25, 0],
    ])
  })

  it('gives every consumer of a collection all of it', async () => {
    const p = new Pipeline()
    const sinks = [new Kept<number>(), new Kept<number>(), new Kept<number>()]
    const read = p.apply('Read', new Values(numbers(2500), 700))
    sinks.forEach((sink, i) => {
      read.apply(`Keep ${i}`, sink)
    })
    await p.run()
    for (const sink of sinks) expect(sink.values).to.deep.equal(numbers(2500))
  })

  it('freezes the rows of a collection that two steps read', async () => {
    const p = new Pipeline()
    const rows = p.apply('Read', new Values([{n: 1}]))
    const frozen: boolean[] = []
    for (const name of ['A', 'B'])
      rows.apply(name, new Mapped(row => frozen.push(Object.isFrozen(row)))).apply(`Keep ${name}`, new Kept())
    await p.run()
    expect(frozen).to.deep.equal([true, true])
  })

  it('leaves the rows of a collection that one step reads to that step', async () => {
    const p = new Pipeline()
    const sink = new Kept<{n: number}>()
    const change = (row: {n: number}) => Object.assign(row, {n: row.n + 1})
    p.apply('Read', new Values([{n: 1}]))
      .apply('Change', new Mapped(change))
      .apply('Keep', sink)
    await p.run()
    expect(sink.values).to.deep.equal([{n: 2}])
  })

  it('joins the branches of a diamond', async () => {
    const p = new Pipeline()
    const sink = new Kept<number>()
    const read = p.apply('Read', new Values(numbers(5000), 1000))
    const a = read.apply('Double', double())
    const b = read.apply('Negate', new Mapped(x => -x))
    p.apply('All', flatten(a, b)).apply('Keep', sink)
    await p.run()
    const expected = [...numbers(5000).map(x => x * 2), ...numbers(5000).map(x => 0 - x)]
    expect(sink.values.map(x => x + 0).sort((x, y) => x - y)).to.deep.equal(expected.sort((x, y) => x - y))
  })

  it('joins two tags and the main output of one step', async () => {
    const p = new Pipeline()
    const sink = new Kept<number>()
    const sorted = p.apply('Read', new Values(numbers(3000), 500)).apply('Sort', new Sort())
    p.apply('All', flatten(sorted, sorted.tagged('odd'), sorted.tagged('even'))).apply('Keep', sink)
    await p.run()
    expect(sink.values).to.have.lengthOf(6000)
  })

  it('counts what a join takes in, and what it gives', async () => {
    const p = new Pipeline()
    const read = p.apply('Read', new Values(numbers(10)))
    p.apply('All', flatten(read, read.apply('Double', double()))).apply('Keep', new Kept())
    const {steps} = await p.run()
    expect(steps[2]).to.include({name: 'All', kind: 'dofn', in: 20, out: 20})
  })

  it('drains a join that no step reads', async () => {
    const p = new Pipeline()
    const read = p.apply('Read', new Values(numbers(10)))
    p.apply('All', flatten(read, read.apply('Double', double())))
    const {steps} = await p.run()
    expect(steps[2]).to.include({name: 'All', unread: 20})
  })

  it('joins streams that are not steps, and counts them under the name of the join', async () => {
    const p = new Pipeline()
    const sink = new Kept<number>()
    p.apply('All', flatten(new Values([1]), new Values([2]))).apply('Keep', sink)
    const {steps} = await p.run()
    expect(sink.values).to.have.members([1, 2])
    expect(steps.map(step => [step.name, step.out])).to.deep.include.members([
      ['All/Values', 1],
      ['All/Values 2', 1],
    ])
  })

  it('gives tagged outputs to their steps', async () => {
    const p = new Pipeline()
    const [odd, even] = [new Kept<number>(), new Kept<number>()]
    const sorted = p.apply('Read', new Values(numbers(10))).apply('Sort', new Sort())
    sorted.tagged('odd').apply('Odd', odd)
    sorted.tagged('even').apply('Even', even)
    const {steps} = await p.run()
    expect(odd.values).to.deep.equal([1, 3, 5, 7, 9])
    expect(even.values).to.deep.equal([0, 2, 4, 6, 8])
    expect(steps[1]!.tagged).to.deep.equal({odd: 5, even: 5})
  })

  it('gives one tagged output to two steps', async () => {
    const p = new Pipeline()
    const sinks = [new Kept<number>(), new Kept<number>()] as const
    const odd = p
      .apply('Read', new Values(numbers(10)))
      .apply('Sort', new Sort())
      .tagged('odd')
    odd.apply('A', sinks[0])
    odd.apply('B', sinks[1])
    await p.run()
    for (const sink of sinks) expect(sink.values).to.deep.equal([1, 3, 5, 7, 9])
  })

  it('takes an output that was taken from a step by hand', async () => {
    const p = new Pipeline()
    const sink = new Kept<number>()
    const sort = new Sort()
    p.apply('Read', new Values(numbers(10))).apply('Sort', sort)
    p.apply('Odd', sort.tagged('odd')).apply('Keep', sink)
    await p.run()
    expect(sink.values).to.deep.equal([1, 3, 5, 7, 9])
    expect(p.graph().edges).to.deep.include({from: 'Sort', to: 'Odd', tag: 'odd'})
  })

  it('drops and counts what goes to a tag that no step reads', async () => {
    const p = new Pipeline()
    const sorted = p.apply('Read', new Values(numbers(10))).apply('Sort', new Sort())
    sorted.apply('Keep', new Kept())
    sorted.tagged('odd')
    const {steps} = await p.run()
    expect(steps[1]!.dropped).to.deep.equal({odd: 5, even: 5})
  })

  it('drains and counts a main output that no step reads', async () => {
    const p = new Pipeline()
    const sorted = p.apply('Read', new Values(numbers(5000), 1000)).apply('Sort', new Sort())
    const odd = new Kept<number>()
    sorted.tagged('odd').apply('Odd', odd)
    const {steps} = await p.run()
    expect(steps[1]).to.include({unread: 5000})
    expect(steps).to.have.lengthOf(3)
    expect(odd.values).to.have.lengthOf(2500)
  })

  it('runs a pipeline that has no sink, for what its steps do', async () => {
    const p = new Pipeline()
    const seen: number[] = []
    p.apply('Read', new Values(numbers(5))).apply('See', new Mapped(x => seen.push(x)))
    await p.run()
    expect(seen).to.deep.equal(numbers(5))
  })

  it('resolves for a source that gives nothing', async () => {
    const p = new Pipeline()
    const sink = new Kept()
    p.apply('Read', new Values<number>([])).apply('Double', double()).apply('Keep', sink)
    await p.run()
    expect(sink.committed).to.equal(true)
  })

  it('counts elements that fail and go to a dead letter', async () => {
    class Strict extends DoFn<number, number, {bad: DeadLetter<number>}> {
      process(x: number) {
        if (x % 5 === 0) throw new Error('no fives')
        return [x]
      }
    }
    const p = new Pipeline()
    const rows = p.apply('Read', new Values(numbers(10))).apply('Parse', new Strict({onError: deadLetter('bad')}))
    rows.apply('Keep', new Kept())
    rows.tagged('bad').apply('Dead', new Kept())
    const {steps} = await p.run()
    expect(steps[1]).to.include({in: 10, out: 8, failed: 2})
  })

  it('returns what user code counts', async () => {
    class Counting extends DoFn<number, number> {
      process(x: number, c: ProcessContext) {
        c.counter('seen').inc()
        c.distribution('size').update(x)
        c.gauge('last').set(x)
      }
    }
    const p = new Pipeline()
    p.apply('Read', new Values(numbers(4))).apply('Count', new Counting())
    const {steps} = await p.run()
    expect(steps[1]).to.deep.include({
      counters: {seen: 4},
      distributions: {size: {count: 4, sum: 6, min: 0, max: 3}},
      gauges: {last: 3},
    })
  })

  it('shows counts while it runs', async () => {
    const [reached, release] = [deferred(), deferred()]
    class Slow extends Kept<number> {
      override async writeBundle(bundle: Bundle<number>) {
        if (bundle.values.includes(25)) {
          reached.resolve()
          await release.promise
        }
        return super.writeBundle(bundle)
      }
    }
    const p = new Pipeline()
    p.apply('Read', new Values(numbers(50))).apply('Keep', new Slow())
    const run = p.run()
    await reached.promise
    expect(run.state).to.equal('running')
    const before = run.metrics()
    expect(before[1]).to.include({name: 'Keep', in: 20})
    release.resolve()
    await run
    expect(run.state).to.equal('done')
    expect(run.metrics()[1]).to.include({in: 50})
    expect(before[1]).to.include({in: 20})
  })

  it('counts what a stage inside a step does, under the name of the step', async () => {
    class Both extends Sort {
      constructor(branch: Sink<number>) {
        super()
        this.tagged('odd').pipe(branch)
      }
    }
    const p = new Pipeline()
    const branch = new Kept<number>()
    p.apply('Read', new Values(numbers(10)))
      .apply('Tee', new Both(branch))
      .apply('Keep', new Kept())
    const {steps} = await p.run()
    expect(steps.map(step => [step.name, step.in])).to.deep.include(['Tee/Kept', 5])
  })

  it("gives the pipeline's logger to steps that have none of their own", () => {
    const own = {...silentLogger}
    const [a, b] = [double(), new Mapped((x: number) => x, {logger: own})]
    const p = new Pipeline({logger: silentLogger})
    p.apply('Read', new Values([1]))
      .apply('A', a)
      .apply('B', b)
    expect(a.info.logger).to.equal(silentLogger)
    expect(b.info.logger).to.equal(own)
  })

  it('raises no warning with many branches', async () => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    try {
      const p = new Pipeline()
      const read = p.apply('Read', new Values(numbers(3)))
      const branches = numbers(30).map(i => read.apply(`Branch ${i}`, double()))
      const tagged = numbers(15).map(i => branches[i]!.apply(`Sort ${i}`, new Sort()).tagged('even'))
      p.apply('All', flatten(...branches, ...tagged)).apply('Keep', new Kept())
      await p.run()
      await new Promise(resolve => setImmediate(resolve))
    } finally {
      process.off('warning', note)
    }
    expect(warnings).to.deep.equal([])
  })

  it('is a promise like any other', () => {
    const p = new Pipeline()
    p.apply('Read', new Values([1])).apply('Keep', new Kept())
    expect(p.run()).to.be.instanceOf(Promise)
  })
})
