import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type Bundle, Sink} from '../../../lib/core/index.ts'
import {testSource} from '../../../lib/testing/index.ts'
import {type Deferred, deferred} from '../../../lib/util/index.ts'
import {numbers, rejection, settle, until} from '../support.ts'

/** A sink that leaves leases to the base; writes and commits answer when the test says so. */
class Store extends Sink<number> {
  readonly written: number[] = []
  /** How many values each commit found written. */
  readonly commits: number[] = []
  write$: Deferred<void> | undefined
  commit$: Deferred<void> | undefined
  failing: 'write' | 'commit' | undefined

  override writeBundle(bundle: Bundle<number>): Promise<void> | void {
    if (this.failing === 'write') throw new Error('disk full')
    const keep = () => void this.written.push(...bundle.values)
    if (this.write$) return this.write$.promise.then(keep)
    keep()
  }
  override commit(): Promise<void> | void {
    this.commits.push(this.written.length)
    if (this.failing === 'commit') throw new Error('disk full')
    return this.commit$?.promise
  }
}

/** Bundles that the test gives; the source ends when it says so. */
function given() {
  const queue: number[][] = []
  let wake = () => {}
  let ended = false
  const source = testSource(
    (async function* () {
      for (;;) {
        const next = queue.shift()
        if (next) yield next
        else if (ended) return
        else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
    })(),
    {leases: true},
  )
  const give = (...values: number[]) => {
    queue.push(values)
    wake()
  }
  const end = () => {
    ended = true
    wake()
  }
  return {source, give, end}
}

describe('a sink that leaves leases to its base', () => {
  it('has a bundle acknowledged after a commit that began when it was written', async () => {
    const {source, give, end} = given()
    const sink = new Store()
    sink.commit$ = deferred()
    const run = pipeline(source, sink)
    give(1, 2)
    await until(() => sink.commits.length === 1)
    expect(sink.commits).to.deep.equal([2])
    expect(source.acked).to.deep.equal([])
    sink.commit$.resolve()
    await until(() => source.acked.length === 2)
    end()
    await run
  })

  it('has messages acknowledged while it runs, without an end or a flush', async () => {
    const {source, give, end} = given()
    const sink = new Store()
    const run = pipeline(source, sink)
    for (const n of [1, 2, 3]) {
      give(n)
      await until(() => source.acked.includes(n))
    }
    end()
    await run
  })

  it('has what is written during a commit acknowledged by the next one only', async () => {
    const {source, give, end} = given()
    const sink = new Store()
    const first = deferred()
    sink.commit$ = first
    const run = pipeline(source, sink)
    give(1)
    await until(() => sink.commits.length === 1)
    const second = deferred()
    sink.commit$ = second
    give(2)
    await until(() => sink.written.length === 2)
    expect(sink.commits).to.deep.equal([1])
    first.resolve()
    await until(() => sink.commits.length === 2)
    expect(source.acked).to.deep.equal([1])
    second.resolve()
    await until(() => source.acked.length === 2)
    end()
    await run
  })

  it('takes bundles while a commit is under way, and commits them together', async () => {
    const {source, give, end} = given()
    const sink = new Store()
    sink.commit$ = deferred()
    const run = pipeline(source, sink)
    for (const n of numbers(50)) give(n)
    await until(() => sink.written.length === 50)
    sink.commit$.resolve()
    await until(() => source.acked.length === 50)
    expect(sink.commits.length).to.be.at.most(3)
    end()
    await run
  })

  it('commits only when a write that answers later is done', async () => {
    const {source, give, end} = given()
    const sink = new Store()
    sink.write$ = deferred()
    const run = pipeline(source, sink)
    give(1)
    await settle()
    expect(sink.commits).to.deep.equal([])
    sink.write$.resolve()
    await until(() => source.acked.length === 1)
    expect(sink.commits[0]).to.equal(1)
    end()
    await run
  })

  it('has nothing acknowledged when a write fails', async () => {
    const {source, give} = given()
    const sink = new Store()
    sink.failing = 'write'
    const run = rejection(pipeline(source, sink))
    give(1)
    expect(await run).to.include({code: 'ERR_SLUICE_SINK'})
    expect(source.nacked).to.deep.equal([1])
    expect(sink.commits).to.deep.equal([])
  })

  for (const how of ['throws', 'rejects'] as const)
    it(`has nothing acknowledged when a commit ${how}, and fails`, async () => {
      const {source, give} = given()
      const sink = new Store()
      if (how === 'throws') sink.failing = 'commit'
      else sink.commit$ = deferred()
      const run = rejection(pipeline(source, sink))
      give(1)
      await settle()
      sink.commit$?.reject(new Error('disk full'))
      const error = await run
      expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'Store'})
      expect(error.message).to.contain('disk full')
      expect(source.acked).to.deep.equal([])
      expect(source.nacked).to.deep.equal([1])
    })

  it('has nothing acknowledged when it is destroyed during a commit', async () => {
    const {source, give} = given()
    const sink = new Store()
    sink.commit$ = deferred()
    const run = rejection(pipeline(source, sink))
    give(1)
    await until(() => sink.commits.length === 1)
    sink.destroy(new Error('stop'))
    sink.commit$.resolve()
    await run
    await settle()
    expect(source.acked).to.deep.equal([])
    expect(source.nacked).to.deep.equal([1])
  })

  it('has nothing acknowledged that was written when it was destroyed before its commit', async () => {
    const {source, give} = given()
    const sink = new Store()
    sink.commit$ = deferred()
    const run = rejection(pipeline(source, sink))
    give(1)
    give(2)
    await until(() => sink.written.length === 2)
    sink.destroy(new Error('stop'))
    sink.commit$.resolve()
    await run
    await settle()
    expect(source.nacked).to.deep.equal([1, 2])
    expect(sink.commits).to.deep.equal([1])
  })

  it('has all acknowledged that was written when flush() resolves', async () => {
    const {source, give, end} = given()
    const sink = new Store()
    sink.commit$ = deferred()
    const run = pipeline(source, sink)
    give(1)
    await until(() => sink.commits.length === 1)
    give(2)
    await until(() => sink.written.length === 2)
    const flushed = sink.flush()
    sink.commit$.resolve()
    await flushed
    expect(source.acked).to.deep.equal([1, 2])
    end()
    await run
  })

  it("has all acknowledged at 'finish', with one more commit that began after the last write", async () => {
    const source = testSource([[1], [2], [3]], {leases: true})
    const sink = new Store()
    let acked: number[] = []
    sink.once('finish', () => {
      acked = source.acked
    })
    await pipeline(source, sink)
    expect(acked).to.deep.equal([1, 2, 3])
    expect(sink.commits.at(-1)).to.equal(3)
  })

  it('is committed once, at the end, when there are no messages', async () => {
    const sink = new Store()
    await pipeline(testSource([[1], [2]]), sink)
    expect(sink.commits).to.deep.equal([2])
  })
})
