import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DoFn, type DoFnOptions, type ProcessContext, type SideInput} from '../../../lib/core/index.ts'
import {FakeClock, testSink, testSource} from '../../../lib/testing/index.ts'
import {asList, asMap, create} from '../../../lib/transforms/index.ts'
import {TestLogger} from '../../core/fakes.ts'
import {ManualSource} from '../../core/support.ts'
import {settle} from '../support.ts'

interface Sides {
  list: readonly string[]
}

/** Says which list it sees; with a gate, in the middle of a bundle too. */
class Look extends DoFn<number, string, {}, Sides> {
  gate: Promise<void> | undefined
  constructor(list: SideInput<readonly string[]>, options?: DoFnOptions) {
    super({...options, side: {list}})
  }
  override process(n: number, c: ProcessContext<{}, Sides>) {
    const answer = () => [`${n}${c.side.list.join('')}`]
    return this.gate ? this.gate.then(answer) : answer()
  }
}

/** A lookup whose content changes; what was read, and when it fails. */
class Lookup {
  content: string[] = ['a']
  reads = 0
  error: Error | undefined
  readonly open = () => {
    this.reads++
    return testSource([this.content], this.error && {error: this.error})
  }
}

describe('a side input that is read again', () => {
  let [clock, logger, lookup, main] = [new FakeClock(), new TestLogger(), new Lookup(), new ManualSource<number>()]
  beforeEach(() => {
    ;[clock, logger, lookup, main] = [new FakeClock(), new TestLogger(), new Lookup(), new ManualSource<number>()]
  })

  const give = async (n: number) => {
    main.give([n])
    await settle()
  }
  const stageOf = (options?: DoFnOptions) =>
    clock.attach(new Look(asList(lookup.open, {every: '10m'}), {logger, ...options}))

  it('is what it was until the time has come, and then what was read anew', async () => {
    const [stage, out] = [stageOf(), testSink<string>()]
    const done = pipeline(main, stage, out)
    await give(1)
    lookup.content = ['b']
    await clock.advance(599_999)
    await give(2)
    await clock.advance(1)
    await give(3)
    lookup.content = ['c', 'd']
    await clock.advance('10m')
    await give(4)
    main.finish()
    await done
    expect(out.values).to.deep.equal(['1a', '2a', '3b', '4cd'])
    expect(lookup.reads).to.equal(3)
    expect(stage.info.metrics.extra).to.deep.equal({'side.list': 2})
  })

  it('changes between bundles only', async () => {
    let open = () => {}
    const [stage, out] = [stageOf({concurrency: 1}), testSink<string>()]
    stage.gate = new Promise(resolve => {
      open = resolve
    })
    const done = pipeline(main, stage, out)
    main.give([1, 2, 3])
    await settle()
    lookup.content = ['b']
    await clock.advance('10m')
    expect(lookup.reads).to.equal(2)
    open()
    await give(4)
    main.finish()
    await done
    expect(out.values).to.deep.equal(['1a', '2a', '3a', '4b'])
  })

  it('stays when it cannot be read, which is logged and counted, and is tried again', async () => {
    const [stage, out] = [stageOf({name: 'Look'}), testSink<string>()]
    const done = pipeline(main, stage, out)
    await give(1)
    lookup.content = ['b']
    lookup.error = new Error('bucket gone')
    await clock.advance('10m')
    await give(2)
    expect(logger.lines).to.deep.equal([
      "Look: side input 'list' could not be read again, so the view stays as it was: testSource: bucket gone",
    ])
    expect(stage.info.metrics.extra).to.deep.equal({'side.list': 1, 'side.list.failed': 1})
    lookup.error = undefined
    await clock.advance('10m')
    await give(3)
    main.finish()
    await done
    expect(out.values).to.deep.equal(['1a', '2a', '3b'])
  })

  it('stays when what was read makes no view', async () => {
    const keyed = () => create([...lookup.content])
    const view = asMap(keyed, letter => letter, {every: '10m'})
    class Has extends DoFn<number, boolean, {}, {map: ReadonlyMap<string, string>}> {
      override process(_: number, c: ProcessContext<{}, {map: ReadonlyMap<string, string>}>) {
        return [c.side.map.has('a')]
      }
    }
    const [stage, out] = [clock.attach(new Has({side: {map: view}, logger})), testSink<boolean>()]
    const done = pipeline(main, stage, out)
    await give(1)
    lookup.content = ['b', 'b']
    await clock.advance('10m')
    await give(2)
    main.finish()
    await done
    expect(out.values).to.deep.equal([true, true])
    expect(logger.lines[0]).to.include("the key 'b' twice")
  })

  it('fails the run when it cannot be read for the first time', async () => {
    lookup.error = new Error('bucket gone')
    const error = await pipeline(main, stageOf(), testSink()).catch(e => e)
    expect(error.cause).to.equal(lookup.error)
  })

  it('fails the run when its function gives no source', async () => {
    const stage = new Look(asList((() => 7) as never, {every: '1m'}), {logger})
    const error = await pipeline(main, stage, testSink()).catch(e => e)
    expect(error.code).to.equal('ERR_SLUICE_SIDE_INPUT')
    expect(error.message).to.include('its function returned 7')
  })

  it('does not begin a read before the last one has ended', async () => {
    const slow: ManualSource<string>[] = []
    const view = asList(
      () => {
        slow.push(new ManualSource<string>())
        return slow.at(-1)!
      },
      {every: '10m'},
    )
    const done = pipeline(main, clock.attach(new Look(view)), testSink())
    await settle()
    slow[0]!.give(['a']).finish()
    await settle()
    await clock.advance('1h')
    expect(slow).to.have.length(2)
    slow[1]!.give(['b']).finish()
    await settle()
    await clock.advance(0)
    expect(slow).to.have.length(3)
    main.finish()
    await done
  })

  it('is not read for stages that are never connected', async () => {
    const view = asList(lookup.open, {every: '10m'})
    const [stage, unused] = [clock.attach(new Look(view)), clock.attach(new Look(view))]
    const done = pipeline(main, stage, testSink())
    await settle()
    main.finish()
    await done
    await clock.advance('1h')
    expect(lookup.reads).to.equal(1)
    expect(unused.info.metrics.extra).to.deep.equal({})
  })

  it('is read no more when the last stage that looks at it has ended', async () => {
    const view = asList(lookup.open, {every: '10m'})
    const [one, two] = [clock.attach(new Look(view)), clock.attach(new Look(view))]
    const second = new ManualSource<number>()
    const done = [pipeline(main, one, testSink()), pipeline(second, two, testSink())]
    await settle()
    main.finish()
    await done[0]
    await clock.advance('10m')
    expect(lookup.reads).to.equal(2)
    second.finish()
    await done[1]
    await clock.advance('1h')
    expect(lookup.reads).to.equal(2)
    expect(clock.pending).to.deep.equal([])
  })

  it('stops a read that is under way when its stage fails', async () => {
    const reads: ManualSource<string>[] = []
    const view = asList(
      () => {
        reads.push(new ManualSource<string>())
        return reads.at(-1)!
      },
      {every: '10m'},
    )
    const stage = clock.attach(new Look(view))
    const done = pipeline(main, stage, testSink()).catch(e => e)
    await settle()
    reads[0]!.finish()
    await settle()
    await clock.advance('10m')
    stage.destroy(new Error('enough'))
    await done
    await settle()
    expect(reads[1]!.destroyed).to.equal(true)
    expect(clock.pending).to.deep.equal([])
  })
})
