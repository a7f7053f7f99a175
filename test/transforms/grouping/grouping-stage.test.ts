import {monitorEventLoopDelay} from 'node:perf_hooks'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, type ProcessContext} from '../../../lib/core/index.ts'
import {onBarrier} from '../../../lib/core/streams/barriers.ts'
import {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  combinePerKey,
  count,
  create,
  fixedWindows,
  globalWindow,
  groupBy,
  map,
  Pipeline,
  repeatedly,
  sessions,
  sum,
  windowInto,
  withKeys,
} from '../../../lib/index.ts'
import {collect, FakeClock, testSource} from '../../../lib/testing/index.ts'
import {settle} from '../support.ts'
import {BundleSink} from './support.ts'

interface Click {
  user: string
  at: number
}

const clicks: Click[] = [
  {user: 'ada', at: 1},
  {user: 'bob', at: 4},
  {user: 'ada', at: 8},
  {user: 'ada', at: 12},
]

const at = (click: Click) => click.at

describe('a grouping as a stage', () => {
  it('makes one row per key and window', async () => {
    const sink = new BundleSink()
    await pipeline(
      create(clicks),
      windowInto(fixedWindows(10), {timestamp: at}),
      groupBy('user', {n: count()}),
      map((row: {user: string; n: number}, c: ProcessContext) => ({...row, from: c.window.start, at: c.timestamp})),
      sink,
    )
    expect(sink.values).to.deep.equal([
      {user: 'ada', n: 2, from: 0, at: 9},
      {user: 'bob', n: 1, from: 0, at: 9},
      {user: 'ada', n: 1, from: 10, at: 19},
    ])
  })

  it('makes sessions per key, which another grouping leaves as they are', async () => {
    const sink = new BundleSink()
    await pipeline(
      create(clicks),
      windowInto(sessions(5), {timestamp: at}),
      groupBy('user', {n: count()}),
      withKeys('all'),
      combinePerKey(count()),
      map((pair: readonly [string, number], c: ProcessContext) => [c.window.start, c.window.end, pair[1]]),
      sink,
    )
    expect(sink.values).to.have.deep.members([
      [1, 6, 1],
      [4, 9, 1],
      [8, 17, 1],
    ])
  })

  it('fires early panes, and an on-time one at the end, in a Pipeline', async () => {
    const p = new Pipeline({name: 'early'})
    const sink = new BundleSink()
    p.apply('Clicks', create(clicks))
      .apply(
        'Windows',
        windowInto(fixedWindows(100), {
          timestamp: at,
          trigger: afterWatermark({early: afterCount(3)}),
          accumulation: 'accumulating',
        }),
      )
      .apply('PerUser', groupBy('user', {n: count()}))
      .apply(
        'Pane',
        map((row, c) => `${row.user} ${row.n} ${c.pane.timing}`),
      )
      .apply('Write', sink)
    await p.run()
    expect(sink.values).to.deep.equal(['ada 3 early', 'ada 3 on-time', 'bob 1 on-time'])
  })

  it('fires by the clock of the stage while no element comes', async () => {
    const clock = new FakeClock()
    let end = () => {}
    const ended = new Promise<void>(resolve => (end = resolve))
    async function* given() {
      yield clicks
      await ended
    }
    const stage = clock.attach(groupBy('user', {n: count()}))
    const sink = new BundleSink()
    const windows = windowInto(globalWindow(), {
      trigger: repeatedly(afterProcessingTime('10s')),
      accumulation: 'discarding',
    })
    const run = pipeline(testSource<Click>(given()), windows, stage, sink)
    await settle()
    expect(sink.values).to.deep.equal([])
    await clock.advance('10s')
    expect(sink.values).to.deep.equal([
      {user: 'ada', n: 3},
      {user: 'bob', n: 1},
    ])
    end()
    await run
    expect(sink.values).to.have.length(2)
  })

  it('passes a barrier on after the panes that earlier elements set off', async () => {
    const sink = new BundleSink()
    const trigger = {trigger: repeatedly(afterCount(1)), accumulation: 'discarding'} as const
    const stage = groupBy('user', {n: count()})
    const windows = windowInto(globalWindow(), trigger)
    const seen: (number | undefined)[] = []
    windows.pipe(stage).pipe(sink)
    const write = (bundle: Bundle<unknown>) => windows.write(bundle as never)
    onBarrier(sink.info, barrier => seen.push(barrier, sink.values.length))
    write(new Bundle(clicks.slice(0, 2)))
    write(Bundle.barrier(1))
    windows.end()
    await new Promise(resolve => sink.on('finish', resolve))
    expect(seen).to.deep.equal([1, 2])
  })

  it('reports open windows and cells', async () => {
    const stage = groupBy('user', {n: count()})
    const source = windowInto(fixedWindows(10), {timestamp: at})
    source.pipe(stage).pipe(new BundleSink())
    source.write(new Bundle(clicks) as never)
    await settle()
    expect(stage.info.observe!()).to.include({openWindows: 2, openCells: 3})
    source.destroy()
    stage.destroy()
  })

  it('lets the event loop run while a window of 200,000 keys closes', async () => {
    const rows = Array.from({length: 200_000}, (_, user) => ({user, amount: 1}))
    const delay = monitorEventLoopDelay({resolution: 5})
    const stage = groupBy('user', {spent: sum('amount')})
    let turns = 0
    let emitting = true
    stage.once('data', () => {
      delay.enable()
      const count = () => {
        turns++
        if (emitting) setImmediate(count)
      }
      setImmediate(count)
    })
    const rowsOut = await collect(create(rows).pipe(stage))
    emitting = false
    delay.disable()
    expect(rowsOut).to.have.length(200_000)
    // at least a turn for every 10,000 panes
    expect(turns).to.be.greaterThan(15)
  })
})
