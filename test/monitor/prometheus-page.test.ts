import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {Counter, Registry} from 'prom-client'
import {deadLetter, type ProcessContext, Source, stageDescriptor} from '../../lib/core/index.ts'
import {type PrometheusPage, type PrometheusPageOptions, prometheusPage} from '../../lib/monitor/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {create, discard, map, parDo} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {Kept, Mapped, numbers, rejection, Values} from '../pipeline/support.ts'
import {parsePage, valueIn} from './prometheus-parser.ts'

describe('the page for Prometheus', () => {
  let page: PrometheusPage
  const open: PrometheusPage[] = []
  const start = (options?: PrometheusPageOptions) => {
    page = prometheusPage(options)
    open.push(page)
    return page
  }
  const value = (family: string, labels: Record<string, string>) => valueIn(page.text(), family, labels)

  afterEach(() => {
    for (const each of open.splice(0)) each.stop()
  })

  it('is empty before anything has run, and says what it is', () => {
    expect(start().text()).to.equal('')
    expect(page.contentType).to.equal('text/plain; version=0.0.4; charset=utf-8')
  })

  it('counts the stages of a plain pipeline', async () => {
    start()
    await pipeline(
      new Values(numbers(25), 10, {name: 'Numbers'}),
      new Mapped((x: number) => x, {name: 'Same'}),
      new Kept({name: 'Keep'}),
    )
    expect(value('sluice_elements_out_total', {stage: 'Numbers', kind: 'source'})).to.equal(25)
    expect(value('sluice_elements_in_total', {stage: 'Same', kind: 'dofn'})).to.equal(25)
    expect(value('sluice_elements_in_total', {stage: 'Keep', kind: 'sink'})).to.equal(25)
    expect(value('sluice_elements_in_total', {stage: 'Numbers'})).to.equal(undefined)
    expect(value('sluice_runs_total', {state: 'done'})).to.equal(1)
  })

  it('counts the steps of a Pipeline under its name, and dead letters', async () => {
    start()
    const p = new Pipeline({name: 'orders'})
    const parse = parDo<number, number, {bad: unknown}>(
      n => {
        if (n % 5 === 0) throw new Error('no')
        return [n]
      },
      {onError: deadLetter('bad')},
    )
    const parsed = p.apply('Read', create(numbers(10))).apply('Parse', parse)
    parsed.apply('Write', discard())
    parsed.tagged('bad').apply('Bad', discard())
    await p.run()
    expect(value('sluice_elements_in_total', {pipeline: 'orders', stage: 'Parse'})).to.equal(10)
    expect(value('sluice_elements_failed_total', {pipeline: 'orders', stage: 'Parse'})).to.equal(2)
    expect(value('sluice_elements_tagged_total', {pipeline: 'orders', stage: 'Parse', tag: 'bad'})).to.equal(2)
    expect(value('sluice_connector_total', {pipeline: 'orders', stage: 'Write', counted: 'discarded'})).to.equal(8)
    expect(value('sluice_runs_total', {pipeline: 'orders', state: 'done'})).to.equal(1)
  })

  it('adds up the runs of one name, those that continue included', async () => {
    start()
    const gate = deferred()
    const run = (wait: Promise<unknown>) => {
      const p = new Pipeline({name: 'again'})
      p.apply('Read', create([1, 2]))
        .apply(
          'Wait',
          map(async n => wait.then(() => n)),
        )
        .apply('Write', discard())
      return p.run()
    }
    await run(Promise.resolve())
    const second = run(gate.promise)
    await new Promise(setImmediate)
    expect(value('sluice_runs_active', {pipeline: 'again'})).to.equal(1)
    expect(value('sluice_stages', {pipeline: 'again', stage: 'Wait'})).to.equal(1)
    gate.resolve()
    await second
    expect(value('sluice_elements_in_total', {pipeline: 'again', stage: 'Wait'})).to.equal(4)
    expect(value('sluice_runs_total', {pipeline: 'again', state: 'done'})).to.equal(2)
    expect(value('sluice_runs_active', {pipeline: 'again'})).to.equal(undefined)
    expect(value('sluice_stages', {pipeline: 'again', stage: 'Wait'})).to.equal(undefined)
  })

  it('tells runs that failed from those that were cancelled', async () => {
    start()
    const failing = new Pipeline({name: 'failing'})
    failing.apply(create([1])).apply(
      'Fail',
      map(() => {
        throw new Error('boom')
      }),
    )
    await rejection(failing.run())
    const stop = new AbortController()
    const endless = pipeline(
      new Values(numbers(1000), 1),
      map(async (x: number) => x),
      discard(),
      {signal: stop.signal},
    )
    await new Promise(setImmediate)
    stop.abort()
    await rejection(endless)
    await new Promise(setImmediate)
    expect(value('sluice_runs_total', {pipeline: 'failing', state: 'failed'})).to.equal(1)
    expect(value('sluice_runs_total', {state: 'cancelled'})).to.equal(1)
  })

  it('has what user code counts', async () => {
    start()
    const gate = deferred()
    const counting = parDo(
      async (n: number, c: ProcessContext) => {
        c.counter('seen').inc()
        c.distribution('size').update(n)
        c.gauge('last').set(n)
        if (n === 3) await gate.promise
        return [n]
      },
      {name: 'Counting'},
    )
    const run = pipeline(create([1, 2, 3]), counting, discard())
    await new Promise(setImmediate)
    const stage = {stage: 'Counting'}
    expect(value('sluice_gauge', {...stage, gauge: 'last'})).to.equal(3)
    gate.resolve()
    await run
    expect(value('sluice_counter_total', {...stage, counter: 'seen'})).to.equal(3)
    expect(value('sluice_distribution_sum_total', {...stage, distribution: 'size'})).to.equal(6)
    expect(value('sluice_gauge', {...stage, gauge: 'last'})).to.equal(undefined)
  })

  it('shows how a source of messages stands while it runs', async () => {
    start()
    const gate = deferred()
    class Messages extends Source<number> {
      constructor() {
        const observe = () => ({outstanding: 7, backlog: 5, oldestUnackedMs: 1500})
        super({name: 'Messages'}, stageDescriptor({observe}))
      }
      override async *bundles() {
        yield [1]
        await gate.promise
      }
    }
    const source = new Messages()
    const run = pipeline(source, discard())
    await new Promise(setImmediate)
    const stage = {stage: 'Messages'}
    expect(value('sluice_outstanding', stage)).to.equal(7)
    expect(value('sluice_backlog', stage)).to.equal(5)
    expect(value('sluice_oldest_unacked_seconds', stage)).to.equal(1.5)
    gate.resolve()
    await run
    expect(value('sluice_outstanding', stage)).to.equal(undefined)
  })

  it('escapes what stands in names of steps', () =>
    fc.assert(
      fc.asyncProperty(
        fc.string({minLength: 1, unit: fc.constantFrom('"', '\\', '\n', 'n', '}', ',', '=', 'ü')}),
        async name => {
          const own = prometheusPage()
          const p = new Pipeline({name})
          p.apply(name, create([1])).apply('Write', discard())
          await p.run()
          expect(valueIn(own.text(), 'sluice_elements_out_total', {pipeline: name, stage: name})).to.equal(1)
          own.stop()
        },
      ),
      {numRuns: 50},
    ))

  it('gives every value the labels of the option', async () => {
    start({labels: {service: 'a "b"'}})
    await pipeline(create([1]), discard())
    for (const {series} of parsePage(page.text()).values())
      for (const {labels} of series) expect(labels['service']).to.equal('a "b"')
  })

  it('can stand after the page of prom-client', async () => {
    start()
    await pipeline(create([1]), discard())
    const registry = new Registry()
    new Counter({name: 'my_total', help: 'Mine.', registers: [registry]}).inc(2)
    const both = parsePage(`${await registry.metrics()}${page.text()}`)
    expect(both.get('my_total')!.series[0]!.value).to.equal(2)
    expect([...both.keys()]).to.include('sluice_runs_total')
  })

  it('counts nothing more when it was stopped, and other pages continue', async () => {
    start()
    const other = start()
    const [stopped] = open
    stopped!.stop()
    stopped!.stop()
    await pipeline(create([1]), discard())
    expect(stopped!.text()).to.equal('')
    expect(valueIn(other.text(), 'sluice_runs_total', {state: 'done'})).to.equal(1)
  })

  it('refuses labels that it has itself, or that Prometheus does not allow', () => {
    for (const labels of [{stage: 'x'}, {'a-b': 'x'}, {__name: 'x'}, {a: 1}])
      expect(() => prometheusPage({labels: labels as never})).to.throw(/prometheusPage: option `labels`/)
    expect(() => prometheusPage({label: {}} as never)).to.throw(/unknown option `label`/)
  })
})
