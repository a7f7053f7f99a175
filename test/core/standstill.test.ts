import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type StandstillMessage, useClock} from '../../lib/core/index.ts'
import {FakeClock, TestLogger} from './fakes.ts'
import {doFn, numberSource, settle, TestSink, TestSource} from './support.ts'

describe('a standstill', () => {
  const heard: StandstillMessage[] = []
  const listener = (message: unknown) => void heard.push(message as StandstillMessage)
  let clock = new FakeClock()
  let logger = new TestLogger()

  beforeEach(() => {
    heard.length = 0
    clock = new FakeClock()
    logger = new TestLogger()
    subscribe('sluice:standstill', listener)
  })
  afterEach(() => {
    unsubscribe('sluice:standstill', listener)
  })

  const both = (name: string) => {
    const stage = doFn(
      (x, c) => {
        c.emit('side', x)
        return [x]
      },
      {name, logger},
    )
    useClock(stage.info, clock)
    return stage
  }
  function source(count: number) {
    const made = numberSource(count, 1000, {name: 'Read', logger})
    useClock(made.info, clock)
    return made
  }

  it('of 30 s with data waiting is reported with the name of the unread output', async () => {
    const stage = both('Split')
    stage.tagged('side')
    const done = pipeline(source(50_000), stage, new TestSink()).catch(() => {})
    await settle(20)
    await clock.advance(29_999)
    expect(heard).to.deep.equal([])
    await clock.advance(1)
    expect(heard).to.deep.equal([{stage: 'Split', output: 'side', waitedMs: 30_000}])
    expect(logger.lines).to.have.length(1)
    expect(logger.lines[0]).to.include("Split has waited 30 s for its output 'side' to be read")
    expect(logger.lines[0]).to.include('discard()')
    stage.destroy()
    await done
  })

  it('names the main output of a stage without a reader', async () => {
    const stage = both('Alone')
    source(50_000).pipe(stage)
    await settle(20)
    await clock.advance(30_000)
    expect(heard.map(m => [m.stage, m.output])).to.deep.equal([['Alone', 'main']])
    stage.destroy()
  })

  it('is reported once, by the stage furthest down', async () => {
    const [a, b] = [both('A'), both('B')]
    b.tagged('side')
    const done = pipeline(source(50_000), a, b, new TestSink()).catch(() => {})
    await settle(20)
    await clock.advance(120_000)
    expect(heard.map(m => [m.stage, m.output])).to.deep.equal([['B', 'side']])
    b.destroy()
    await done
  })

  it('of a sink that takes nothing is reported with its name', async () => {
    const stage = both('Split')
    const sink = new TestSink({name: 'Stuck', stall: true})
    const done = pipeline(source(50_000), stage, sink)
    await settle(20)
    await clock.advance(30_000)
    expect(logger.lines).to.deep.equal(["Split has waited 30 s for its output 'main' to be read: Stuck takes nothing"])
    sink.go()
    await done
  })

  it('is reported when the input has ended and a claimed output is not read', async () => {
    const stage = both('Split')
    const side = stage.tagged('side')
    const done = pipeline(source(3), stage, new TestSink())
    await settle(20)
    await clock.advance(30_000)
    expect(heard.map(m => [m.stage, m.output])).to.deep.equal([['Split', 'side']])
    side.resume()
    await done
  })

  it('is reported when the input has ended and a claimed output that stayed empty is not read', async () => {
    const stage = both('Split')
    const empty = stage.tagged('empty')
    stage.tagged('side').resume()
    const done = pipeline(source(3), stage, new TestSink())
    await settle(20)
    await clock.advance(30_000)
    expect(heard.map(m => [m.stage, m.output])).to.deep.equal([['Split', 'empty']])
    empty.resume()
    await done
  })

  it('is not reported while data moves', async () => {
    const stage = both('Split')
    const sink = new TestSink({stall: true})
    const done = pipeline(source(6000), stage, sink)
    for (let i = 0; i < 6; i++) {
      await settle(20)
      await clock.advance(20_000)
      sink.go()
      sink.stall()
    }
    expect(heard).to.deep.equal([])
    sink.go()
    await done
  })

  it('is not reported for an idle source', async () => {
    async function* idle() {
      yield [1]
      await new Promise(() => {})
    }
    const read = new TestSource(idle(), {logger})
    useClock(read.info, clock)
    const stage = both('Split')
    const done = pipeline(read, stage, new TestSink()).catch(() => {})
    await settle(20)
    await clock.advance(300_000)
    expect(heard).to.deep.equal([])
    read.destroy()
    await done
  })

  it('is forgotten when the stage is destroyed', async () => {
    const stage = both('Split')
    stage.tagged('side')
    const done = pipeline(source(50_000), stage, new TestSink()).catch(() => {})
    await settle(20)
    stage.destroy()
    await done
    expect(clock.pending).to.equal(0)
  })
})
