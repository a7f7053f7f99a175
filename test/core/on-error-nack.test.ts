import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {Bundle, DoFn, deadLetter, type Lease, LeasedSource, type OnError, silentLogger} from '../../lib/core/index.ts'
import {testSink, testSource} from '../../lib/testing/index.ts'
import {TestLogger} from './fakes.ts'
import {type Code, doFn, numbers, rejection, settle} from './support.ts'

const NACK = {onError: 'nack' as const}

function failOn(...bad: number[]) {
  return (x: number) => {
    if (bad.includes(x)) throw new Error(`no ${x}`)
  }
}

/** Runs messages 0 to 4 through a stage that gives back what fails. */
async function run(code: Code<number, number> | Code<number, number>['process'], options = {}) {
  const logger = new TestLogger()
  const source = testSource(
    [
      [0, 1, 2],
      [3, 4],
    ],
    {leases: true},
  )
  const stage = doFn<number, number>(code, {...NACK, logger, name: 'Check', ...options})
  const sink = testSink<number>({acknowledge: 'commit'})
  await pipeline(source, stage, sink)
  return {source, stage, sink, logger}
}

describe("onError: 'nack'", () => {
  for (const [how, process] of [
    [
      'a function',
      (x: number) => {
        failOn(1, 3)(x)
        return [x]
      },
    ],
    [
      'an asynchronous function',
      async (x: number) => {
        await null
        failOn(1, 3)(x)
        return [x]
      },
    ],
    [
      'a generator, in the middle of it',
      function* (x: number) {
        yield x
        failOn(1, 3)(x)
      },
    ],
    [
      'an asynchronous generator, in the middle of it',
      async function* (x: number) {
        yield x
        await null
        failOn(1, 3)(x)
      },
    ],
  ] as const) {
    it(`gives the message of an element back that fails in ${how}, and continues`, async () => {
      const {source, sink} = await run(process as Code<number, number>['process'])
      expect(sink.values).to.deep.equal([0, 2, 4])
      expect(source.acked).to.deep.equal([0, 2, 4])
      expect(source.nacked).to.deep.equal([1, 3])
      expect((source.elements[1]!.reason as Error).message).to.equal('no 1')
    })
  }

  it('discards all that a failed element had given, on tags too', async () => {
    const source = testSource([[0, 1]], {leases: true})
    const stage = doFn<number, number>(
      {
        *process(x, c) {
          c.emit('side', x)
          yield* [x, x, x]
          failOn(1)(x)
        },
      },
      NACK,
    )
    const side = testSink<unknown>()
    stage.tagged('side').pipe(side)
    const sink = testSink<number>()
    await pipeline(source, stage, sink)
    expect(sink.values).to.deep.equal([0, 0, 0])
    expect(side.values).to.deep.equal([0])
    expect(source.acked).to.deep.equal([0])
    expect(source.nacked).to.deep.equal([1])
  })

  it('discards more outputs of one element than a bundle holds', async () => {
    const {source, sink} = await run(function* (x) {
      yield* numbers(2500)
      failOn(1)(x)
    })
    expect(sink.values.length).to.equal(4 * 2500)
    expect(source.nacked).to.deep.equal([1])
  })

  it('counts what failed, and logs the first with what it was and why', async () => {
    const {stage, logger} = await run(failOn(1, 3, 4))
    expect(stage.info.metrics.failed).to.equal(3)
    expect(stage.info.metrics.extra['nacked']).to.equal(3)
    expect(logger.lines).to.have.length(1)
    expect(logger.lines[0]).to.match(/^Check gave a message back to its source, .*no 1 .*'nacked'/)
  })

  it('gives back an element whose call takes too long', async () => {
    const {source} = await run(async x => (x === 2 ? new Promise<number[]>(() => {}) : [x]), {timeout: 20})
    expect(source.nacked).to.deep.equal([2])
    expect(source.acked).to.deep.equal([0, 1, 3, 4])
  })

  it('fails the run for an element without a message, with a hint', async () => {
    const error = await rejection(pipeline(testSource([[1]]), doFn(failOn(1), {...NACK, name: 'Check'}), testSink()))
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', stage: 'Check'})
    expect(error.message).to.match(/no 1\. onError: 'nack' gives messages back .* came without one: use deadLetter/)
  })

  it('takes no notice of what else derives from the message: a branch that failed gives it back', async () => {
    const source = testSource([[1]], {leases: true})
    const good = testSink<number>()
    source.pipe(good)
    await pipeline(source, doFn(failOn(1), NACK), testSink())
    expect(good.values).to.deep.equal([1])
    expect(source.nacked).to.deep.equal([1])
  })

  it('is told by the stage', () => {
    expect(doFn(() => {}, NACK).info.onError).to.equal('nack')
    expect(doFn(() => {}).info.onError).to.equal('fail')
    expect(doFn(() => {}, {onError: deadLetter('bad')}).info.onError).to.equal('dead-letter')
  })
})

describe("onError: 'fail' with messages", () => {
  it('says that the message comes again, and what to do', async () => {
    const source = testSource([[1]], {leases: true})
    const error = await rejection(pipeline(source, doFn(failOn(1)), testSink()))
    expect(error.message).to.match(/will be delivered again and fail again; .*deadLetter\('tag'\).*onError: 'nack'/)
    expect(source.nacked).to.deep.equal([1])
  })
})

/** A lease that counts how often it was settled. */
class Settled implements Lease {
  #count = 1
  acks = 0
  nacks = 0
  readonly #done: () => void
  constructor(done: () => void) {
    this.#done = done
  }
  get times(): number {
    return this.acks + this.nacks
  }
  retain(n = 1): void {
    if (this.acks > 0) throw new Error('retained after it was acknowledged')
    this.#count += n
  }
  release(): void {
    if (this.nacks > 0) return
    if (--this.#count < 0) throw new Error('released too often')
    if (this.#count > 0) return
    this.acks++
    this.#done()
  }
  nack(): void {
    if (this.times > 0) return
    this.nacks++
    this.#done()
  }
}

class Messages extends LeasedSource<number> {
  readonly leases: Settled[] = []
  readonly #count: number
  #open = 0
  constructor(count: number) {
    super()
    this.#count = count
  }
  async *bundles() {
    for (let at = 0; at < this.#count; at += 3) {
      const values = numbers(Math.min(3, this.#count - at), at)
      const leases = values.map(
        () =>
          new Settled(() => {
            this.#open--
            this.messageSettled()
          }),
      )
      this.#open += leases.length
      this.leases.push(...leases)
      yield new Bundle(values, {leases})
    }
  }
  protected override get unsettled(): number {
    return this.#open
  }
  protected override giveBack(): void {
    for (const lease of this.leases) lease.nack()
  }
  protected override async closeUp(): Promise<void> {}
}

type Kind = 'sync' | 'async' | 'generator' | 'async generator' | 'hooks'

/** A stage that does each element as it is told, and may fail after having given something. */
class Random extends DoFn<number, number, {side: number; bad: unknown}> {
  readonly #kind: Kind
  readonly #outs: readonly number[]
  readonly #fails: readonly boolean[]
  constructor(kind: Kind, outs: readonly number[], fails: readonly boolean[], concurrency: number, onError: OnError) {
    super({concurrency, onError: onError as OnError<'bad'>, logger: silentLogger})
    this.#kind = kind
    this.#outs = outs
    this.#fails = fails
    if (kind === 'hooks') Object.assign(this, {finishBundle: () => [1]})
  }
  *#give(x: number, emit: (x: number) => void): Generator<number> {
    for (let i = 0; i < (this.#outs[x % this.#outs.length] ?? 0); i++) {
      if (i % 2 === 1) emit(x)
      yield x
    }
    if (this.#fails[x % this.#fails.length]) throw new Error('no')
  }
  async *#later(x: number, emit: (x: number) => void): AsyncGenerator<number> {
    for (const value of this.#give(x, emit)) {
      await null
      yield value
    }
  }
  override process(x: number, c: Parameters<DoFn<number, number, {side: number; bad: unknown}>['process']>[1]) {
    const emit = (value: number) => c.emit('side', value)
    if (this.#kind === 'generator') return this.#give(x, emit)
    if (this.#kind === 'async generator') return this.#later(x, emit)
    if (this.#kind === 'async') return settle(x % 3).then(() => [...this.#give(x, emit)])
    return [...this.#give(x, emit)]
  }
}

describe('every lease', () => {
  it('is settled exactly once, whatever fails', async () => {
    const kinds = fc.constantFrom<Kind>('sync', 'async', 'generator', 'async generator', 'hooks')
    const stages = fc.tuple(
      kinds,
      fc.array(fc.nat(4), {minLength: 1, maxLength: 5}),
      fc.array(
        fc.nat(3).map(n => n === 0),
        {minLength: 1, maxLength: 7},
      ),
      fc.integer({min: 1, max: 4}),
      fc.constantFrom<OnError>('nack', 'nack', 'fail', deadLetter('bad')),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.nat(20),
        fc.array(stages, {minLength: 1, maxLength: 3}),
        fc.constantFrom('write', 'commit', undefined),
        async (count, given, broken) => {
          const source = new Messages(count)
          const chain = given.map(args => new Random(...args))
          for (const stage of chain) {
            stage.tagged('side').pipe(testSink())
            stage.tagged('bad').pipe(testSink())
          }
          const fail = broken === 'write' || broken === 'commit' ? {fail: {in: broken, after: 5} as const} : {}
          const sink = testSink({acknowledge: 'commit', ...fail})
          // the types of a chain of unknown length are for pipe() only
          await pipeline([source, ...chain, sink] as never).catch(() => {})
          await settle(10)
          expect(source.leases.filter(lease => lease.times !== 1)).to.deep.equal([])
        },
      ),
      {numRuns: 150},
    )
  })
})
