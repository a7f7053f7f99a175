import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, LeasedSource, useClock} from '../../../lib/core/index.ts'
import {FakeClock, testSink} from '../../../lib/testing/index.ts'
import {map} from '../../../lib/transforms/index.ts'
import {type Deferred, deferred} from '../../../lib/util/index.ts'
import {TestLogger} from '../fakes.ts'
import {rejection, settle, until} from '../support.ts'

type Fate = 'open' | 'acked' | 'nacked'

/** A message source that tells what it was asked, and whose last acknowledgements are sent when the test says so. */
class Messages extends LeasedSource<number> {
  readonly fate: Fate[]
  /** Reasons that messages were given back for. */
  readonly reasons: unknown[] = []
  closings = 0
  closed$: Deferred<void> | undefined

  constructor(count: number, logger = new TestLogger()) {
    super({logger})
    this.fate = Array.from({length: count}, () => 'open')
  }
  async *bundles() {
    const values = [...this.fate.keys()]
    yield new Bundle(values, {leases: values.map(i => this.#lease(i))})
  }
  #lease(i: number) {
    const settleAs = (fate: Fate) => {
      if (this.fate[i] !== 'open') return
      this.fate[i] = fate
      this.messageSettled()
    }
    let count = 1
    return {
      retain: (n = 1) => {
        count += n
      },
      release: () => {
        if (--count === 0) settleAs('acked')
      },
      nack: () => settleAs('nacked'),
    }
  }
  protected override get unsettled(): number {
    return this.fate.filter(fate => fate === 'open').length
  }
  protected override giveBack(reason: unknown): void {
    this.reasons.push(reason)
    for (const [i, fate] of this.fate.entries()) if (fate === 'open') this.fate[i] = 'nacked'
    this.messageSettled()
  }
  protected override closeUp(): Promise<void> {
    this.closings++
    return this.closed$?.promise ?? Promise.resolve()
  }
}

describe('a source of messages', () => {
  it('closes after its last acknowledgement is sent, and pipeline() resolves then', async () => {
    const source = new Messages(2)
    source.closed$ = deferred()
    let resolved = false
    const run = pipeline(source, testSink()).then(() => {
      resolved = true
    })
    await until(() => source.closings === 1)
    await settle()
    expect(source.fate).to.deep.equal(['acked', 'acked'])
    expect(resolved).to.equal(false)
    source.closed$.resolve()
    await run
    expect(source.closings).to.equal(1)
  })

  it('fails a drain at its deadline when its last acknowledgements are not answered', async () => {
    const source = new Messages(2)
    const clock = new FakeClock()
    useClock(source.info, clock)
    source.closed$ = deferred()
    const done = rejection(pipeline(source, testSink()))
    await until(() => source.closings === 1)
    const drained = source.drain({deadline: '2s'})
    await clock.advance('2s')
    const error = await done
    await drained
    expect(error['code']).to.equal('ERR_SLUICE_DRAIN')
    expect(error.message).to.match(/did not finish within 2\.0 s: acknowledgements that were sent had no answer yet/)
  })

  it('waits for acknowledgements without an answer no longer than its patience, when it was not drained', async () => {
    const source = new Messages(1)
    const clock = new FakeClock()
    useClock(source.info, clock)
    source.closed$ = deferred()
    const run = pipeline(source, testSink())
    await until(() => source.closings === 1)
    await clock.advance('8s')
    await run
    expect(source.fate).to.deep.equal(['acked'])
  })

  it('waits for messages that are settled after its end', async () => {
    const source = new Messages(1)
    const sink = testSink({acknowledge: 'never'})
    const run = pipeline(source, sink)
    await sink.received(1)
    await settle()
    expect(source.closings).to.equal(0)
    sink.bundles[0]!.leases![0]!.release()
    await run
    expect(source.closings).to.equal(1)
  })

  it('gives back what nobody settles within its patience, says so, and closes well', async () => {
    const clock = new FakeClock()
    const logger = new TestLogger()
    const source = clock.attach(new Messages(2, logger))
    const run = pipeline(source, testSink({acknowledge: 'never'}))
    await clock.advance('8s')
    await run
    expect(source.fate).to.deep.equal(['nacked', 'nacked'])
    expect(logger.lines).to.have.length(1)
    expect(logger.lines[0]).to.match(/Messages: 2 messages were not settled 8 s after the end, and were given back/)
  })

  it('gives everything back at once when it fails, and does not hold the error back', async () => {
    const source = new Messages(2)
    source.closed$ = deferred()
    const error = await rejection(pipeline(source, testSink({fail: {in: 'write', error: new Error('no')}})))
    expect(error.message).to.contain('no')
    expect(source.fate).to.deep.equal(['nacked', 'nacked'])
    expect(source.reasons).to.deep.equal([error])
    expect(source.closings).to.equal(1)
  })

  it('gives everything back when a stage fails after its end', async () => {
    const source = new Messages(2)
    const sink = testSink({stall: true})
    const run = rejection(
      pipeline(
        source,
        map((n: number) => n),
        sink,
      ),
    )
    await until(() => source.readableEnded)
    sink.destroy(new Error('late'))
    await run
    await settle()
    expect(source.fate).to.deep.equal(['nacked', 'nacked'])
  })

  it('closes at once when nothing was read from it', async () => {
    const source = new Messages(0)
    source.destroy()
    await until(() => source.closed)
    expect(source.closings).to.equal(1)
    expect(source.reasons).to.deep.equal([])
  })

  it('reports how many messages are outstanding, at any time', async () => {
    const source = new Messages(3)
    expect(source.info.observe?.()).to.deep.equal({outstanding: 3})
    await pipeline(source, testSink())
    expect(source.info.observe?.()).to.deep.equal({outstanding: 0})
  })

  it('gives everything back when it is destroyed while it waits for what is not settled', async () => {
    const source = new Messages(1)
    const sink = testSink({acknowledge: 'never'})
    const run = rejection(pipeline(source, sink))
    await until(() => sink.closed)
    source.destroy(new Error('enough'))
    expect((await run).message).to.equal('enough')
    expect(source.fate).to.deep.equal(['nacked'])
  })

  it('says in the error of a drain how many were given back', async () => {
    const clock = new FakeClock()
    const source = clock.attach(new Messages(2))
    const run = rejection(pipeline(source, testSink({acknowledge: 'never'})))
    await settle()
    const drained = source.drain({deadline: '3s'})
    await clock.advance('3s')
    await drained
    const error = await run
    expect(error).to.include({code: 'ERR_SLUICE_DRAIN', stage: 'Messages'})
    expect(error.message).to.contain('2 messages were given back')
    expect(source.fate).to.deep.equal(['nacked', 'nacked'])
  })
})
