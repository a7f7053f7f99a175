import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, useClock} from '../../lib/core/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {FakeClock, TestLogger} from './fakes.ts'
import {type Code, doFn, FailingSink, numberSource, rejection, settle, TestSink, TestSource} from './support.ts'

/** A stage that notes when its hooks run. */
function noted(code: Partial<Code<number, number>> = {}, options = {}) {
  const log: string[] = []
  const stage = doFn<number, number>(
    {
      setup: () => void log.push('setup'),
      process: x => [x],
      teardown: () => void log.push('teardown'),
      ...code,
    },
    options,
  )
  return {stage, log}
}

describe('setup', () => {
  it('does not run at construction, nor when the stage is piped', async () => {
    const {stage, log} = noted()
    stage.pipe(new TestSink())
    await settle()
    expect(log).to.deep.equal([])
  })

  it('runs once, before the first element', async () => {
    const log: unknown[] = []
    const stage = doFn<number, number>({
      setup: async () => {
        await settle(3)
        log.push('setup')
      },
      process: x => void log.push(x),
    })
    await pipeline(numberSource(3, 1), stage, new TestSink())
    expect(log).to.deep.equal(['setup', 0, 1, 2])
  })

  it('never runs without elements, and neither does teardown', async () => {
    const {stage, log} = noted()
    await pipeline(new TestSource<number>([]), stage, new TestSink())
    const empty = noted()
    await pipeline(new TestSource([new Bundle<number>([], {watermark: 5}), []]), empty.stage, new TestSink())
    expect([...log, ...empty.log]).to.deep.equal([])
  })
})

describe('teardown runs once', () => {
  it('at the end, before the stage ends', async () => {
    const {stage, log} = noted()
    stage.once('end', () => log.push('end'))
    await pipeline(numberSource(3), stage, new TestSink())
    expect(log).to.deep.equal(['setup', 'teardown', 'end'])
  })

  for (const [how, code] of [
    ['process throws', {process: () => fail()}],
    ['process rejects', {process: async () => fail()}],
    ['setup throws', {setup: () => fail()}],
    ['setup rejects', {setup: async () => fail()}],
    ['startBundle throws', {startBundle: () => fail()}],
    ['finishBundle throws', {finishBundle: () => fail()}],
    ['finishBundle rejects', {finishBundle: async () => fail()}],
  ] as [string, Partial<Code<number, number>>][])
    it(`when ${how}`, async () => {
      const {stage, log} = noted(code)
      await rejection(pipeline(numberSource(3), stage, new TestSink()))
      await settle()
      expect(log.filter(x => x === 'teardown')).to.have.length(1)
    })

  it('when a sink downstream fails', async () => {
    const {stage, log} = noted()
    await rejection(pipeline(numberSource(3), stage, new FailingSink('write')))
    await settle()
    expect(log).to.deep.equal(['setup', 'teardown'])
  })

  it('when the source fails', async () => {
    const {stage, log} = noted()
    async function* broken() {
      yield [1]
      throw new Error('gone')
    }
    await rejection(pipeline(new TestSource(broken()), stage, new TestSink()))
    await settle()
    expect(log).to.deep.equal(['setup', 'teardown'])
  })

  it('when the consumer leaves early', async () => {
    const {stage, log} = noted()
    for await (const x of numberSource(5000).pipe(stage)) if (x === 3) break
    await settle()
    expect(log).to.deep.equal(['setup', 'teardown'])
  })

  it('when a signal aborts the pipeline', async () => {
    const {stage, log} = noted({process: () => new Promise<void>(() => {})})
    const clock = new FakeClock()
    useClock(stage.info, clock)
    const abort = new AbortController()
    const done = rejection(pipeline(numberSource(3), stage, new TestSink(), {signal: abort.signal}))
    await settle()
    abort.abort()
    expect((await done).name).to.equal('AbortError')
    await clock.advance(1000)
    expect(log).to.deep.equal(['setup', 'teardown'])
  })

  it("when the stage's own signal aborts", async () => {
    const abort = new AbortController()
    const {stage, log} = noted({process: () => new Promise<void>(() => {})}, {signal: abort.signal})
    useClock(stage.info, new FakeClock())
    const done = rejection(pipeline(numberSource(3), stage, new TestSink()))
    await settle()
    abort.abort()
    expect((await done).name).to.equal('AbortError')
    await (stage.info.clock as FakeClock).advance(1000)
    expect(log).to.deep.equal(['setup', 'teardown'])
  })

  it('when calls in flight have settled', async () => {
    const call = deferred<void>()
    const {stage, log} = noted({process: () => call.promise})
    const done = rejection(pipeline(numberSource(3), stage, new TestSink()))
    await settle()
    stage.destroy(new Error('stop'))
    await done
    await settle()
    expect(log).to.deep.equal(['setup'])
    call.resolve()
    await settle()
    expect(log).to.deep.equal(['setup', 'teardown'])
  })

  it('1 s after the stage was destroyed when a call hangs, and not again when that ends', async () => {
    const call = deferred<void>()
    const clock = new FakeClock()
    const {stage, log} = noted({process: () => call.promise})
    useClock(stage.info, clock)
    const done = rejection(pipeline(numberSource(3), stage, new TestSink()))
    await settle()
    stage.destroy(new Error('stop'))
    await done
    await clock.advance(999)
    expect(log).to.deep.equal(['setup'])
    await clock.advance(1)
    expect(log).to.deep.equal(['setup', 'teardown'])
    call.resolve()
    await settle()
    expect(log).to.deep.equal(['setup', 'teardown'])
    expect(clock.pending).to.equal(0)
  })

  it('after a setup that is still under way', async () => {
    const setup = deferred<void>()
    const {stage, log} = noted({setup: () => setup.promise.then(() => log.push('setup'))})
    const done = rejection(pipeline(numberSource(3), stage, new TestSink()))
    await settle()
    stage.destroy(new Error('stop'))
    await done
    setup.resolve()
    await settle()
    expect(log).to.deep.equal(['setup', 'teardown'])
  })

  it('and when it fails after another error, that is logged, and the first error stays', async () => {
    const logger = new TestLogger()
    const {stage} = noted({process: () => fail(), teardown: () => fail('teardown broke')}, {logger})
    const error = await rejection(pipeline(numberSource(3), stage, new TestSink()))
    await settle()
    expect((error.cause as Error).message).to.equal('no')
    expect(logger.lines.join()).to.include('teardown broke')
  })
})

function fail(message = 'no'): never {
  throw new Error(message)
}
