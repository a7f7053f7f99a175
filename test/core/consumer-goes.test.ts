import {strict as assert} from 'node:assert'
import type {Duplex, Readable, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {setImmediate as nextRound} from 'node:timers/promises'
import fc from 'fast-check'
import {
  type Bundle,
  batchElements,
  create,
  DoFn,
  flatMap,
  flatten,
  map,
  Pipeline,
  type ProcessContext,
  parDo,
  Sink,
  type SluiceError,
  tee,
} from '../../lib/index.ts'
import {type TestSource, testSource} from '../../lib/testing/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {numbers, rejection, settle} from './support.ts'

/** A sink that notes what it has committed, each commit some rounds of the event loop after its write. */
class Committing extends Sink<unknown> {
  readonly committed = new Set<number>()
  #written: number[] = []
  readonly #rounds: number

  constructor(rounds = 1) {
    super()
    this.#rounds = rounds
  }
  override writeBundle({values}: Bundle<unknown>): void {
    for (const value of values.flat(Number.POSITIVE_INFINITY)) this.#written.push(value as number)
  }
  override async commit(): Promise<void> {
    const written = this.#written
    this.#written = []
    for (let i = 0; i < this.#rounds; i++) await nextRound()
    for (const value of written) this.committed.add(value)
  }
}

async function later(n: unknown): Promise<unknown> {
  await nextRound()
  return n
}

/** The stages that a branch may be made of, each with the numbers it is given and nothing else. */
const STAGES = {
  map: () => map((n: unknown) => n),
  'map, by promises': () => map(later, {concurrency: 3}),
  'map, out of order': () => map(later, {concurrency: 3, ordered: false}),
  flatMap: () => flatMap((n: unknown) => [n, n]),
  generator: () =>
    parDo(function* (n: unknown) {
      yield n
    }),
  hooks: () =>
    new (class extends DoFn<unknown, unknown> {
      override startBundle() {}
      override process(n: unknown) {
        return [n]
      }
      override async finishBundle() {
        await nextRound()
      }
    })(),
  batchElements: () => batchElements({max: 3, maxDelay: 5}),
  flatten: undefined,
} as const
type Kind = keyof typeof STAGES

/** Puts a chain of stages behind a stream; returns the ends and all of its stages. */
function branch(
  from: Readable,
  kinds: readonly Kind[],
): {first: Writable; stages: (Readable | Writable)[]; sink: Committing} {
  const sink = new Committing(2)
  const stages: (Readable | Writable)[] = []
  let last = from
  let first: Writable | undefined
  for (const kind of kinds) {
    const stage = (kind === 'flatten' ? map((n: unknown) => n) : STAGES[kind]()) as unknown as Duplex
    first ??= stage
    last = kind === 'flatten' ? flatten(last.pipe(stage)) : last.pipe(stage)
    stages.push(stage, ...(kind === 'flatten' ? [last] : []))
  }
  last.pipe(sink)
  stages.push(sink)
  for (const stage of stages) stage.on('error', () => {})
  return {first: first ?? sink, stages, sink}
}

/** Bundles of 5, some rounds of the event loop apart. */
async function* paced(bundles: number): AsyncGenerator<number[]> {
  for (let i = 0; i < bundles; i++) {
    await nextRound()
    yield numbers(5, i * 5)
  }
}

function leased(bundles = 12): TestSource<number> {
  const source = testSource(paced(bundles), {leases: true, drain: 500})
  source.on('error', () => {})
  return source
}

async function closed(stream: Readable | Writable): Promise<void> {
  if (!stream.closed) await new Promise(resolve => stream.once('close', resolve))
}

function assertKept(
  source: TestSource<number>,
  sinks: readonly Committing[],
  but: (n: number) => boolean = () => false,
) {
  assert.deepEqual(source.outstanding, [], 'every lease is settled')
  for (const n of source.acked)
    if (!but(n)) for (const {committed} of sinks) assert.ok(committed.has(n), `${n} was acknowledged without a commit`)
}

const copying = () =>
  parDo((n: number, c: ProcessContext<{copy: number}>) => {
    c.emit('copy', n)
    return [n]
  })

const kinds = fc.array(fc.constantFrom(...(Object.keys(STAGES) as Kind[])), {maxLength: 2})
const moment = fc.nat({max: 40})

describe('a consumer of messages that goes', () => {
  for (const [how, go] of [
    ['destroyed without an error', (stage: Writable | Readable) => void stage.destroy()],
    ['destroyed with an error', (stage: Writable | Readable) => void stage.destroy(new Error('gone'))],
    ['ended by somebody else', (stage: Writable | Readable) => void ('end' in stage ? stage.end() : stage.destroy())],
  ] as const)
    it(`gets its share given back: one branch of two, ${how}, any stage of it, at any moment`, async () => {
      const property = fc.asyncProperty(kinds, kinds, fc.nat(), moment, async (one, other, which, rounds) => {
        const source = leased()
        const sinks = [branch(source, one), branch(source, other)] as const
        await settle(rounds)
        const {stages} = sinks[0]
        go(stages[which % stages.length]!)
        await closed(source)
        assertKept(
          source,
          sinks.map(({sink}) => sink),
        )
      })
      await fc.assert(property, {numRuns: 60})
    })

  it('has no part in what comes after unpipe(), and gives back what it had when it is destroyed then', async () => {
    const property = fc.asyncProperty(kinds, kinds, moment, fc.nat({max: 3}), async (one, other, rounds, pause) => {
      const source = leased()
      const leaving = branch(source, one)
      const staying = branch(source, other)
      const given = new Set<number>()
      const {write} = leaving.first
      leaving.first.write = ((chunk: unknown, ...rest: unknown[]) => {
        for (const n of (chunk as Bundle<number>).values ?? []) given.add(n)
        return Reflect.apply(write, leaving.first, [chunk, ...rest])
      }) as never
      await settle(rounds)
      if (!source.closed) source.unpipe(leaving.first)
      await settle(pause)
      for (const stage of leaving.stages) stage.destroy()
      await closed(source)
      await closed(staying.sink)
      assertKept(source, [staying.sink])
      assertKept(source, [leaving.sink], n => !given.has(n))
      assert.equal(source.errored, null)
      assert.equal(staying.sink.committed.size, 60)
    })
    await fc.assert(property, {numRuns: 60})
  })

  it('fails the source with an error that says who has gone, and nothing after it is acknowledged', async () => {
    const source = leased(1000)
    const lost = map((n: number) => n, {name: 'lost'})
    source.pipe(lost).pipe(new Committing())
    const sink = new Committing()
    const done = rejection(
      pipeline(
        source,
        map(n => n),
        sink,
      ),
    )
    await settle(5)
    lost.destroy()
    const error = await done
    assert.deepEqual([error['code'], error['stage']], ['ERR_SLUICE_LEASE', 'lost'])
    assert.match(error.message, /lost was destroyed before testSource came to its end/)
  })

  for (const where of ['tagged output', 'tee'] as const)
    it(`fails the stage before it, after a ${where}`, async () => {
      const source = leased(1000)
      const gone = new Committing()
      const stage = where === 'tee' ? tee<number>({copy: gone}) : copying()
      if (where !== 'tee') (stage as ReturnType<typeof copying>).tagged('copy').pipe(gone)
      const main = new Committing()
      const done = rejection(pipeline(source, stage as Duplex, main))
      await settle(8)
      gone.destroy()
      const error = (await done) as unknown as SluiceError
      assert.match(error.code, /^ERR_SLUICE_/)
      await closed(source)
      assertKept(source, [main, gone])
    })

  it('fails the run of a Pipeline, and acknowledges nothing that it did not commit', async () => {
    const property = fc.asyncProperty(moment, fc.boolean(), async (rounds, withError) => {
      const source = leased()
      const sinks = [new Committing(2), new Committing(3)] as const
      const branches = [map((n: number) => n), map((n: number) => n)] as const
      const p = new Pipeline()
      const read = p.apply('Read', source)
      for (const [i, stage] of branches.entries()) read.apply(`Map${i}`, stage).apply(`Write${i}`, sinks[i]!)
      const run = p.run()
      const done = run.then(
        () => 'done',
        () => 'failed',
      )
      await settle(rounds)
      branches[0].destroy(withError ? new Error('gone') : undefined)
      await done
      await closed(source)
      assertKept(source, sinks)
    })
    await fc.assert(property, {numRuns: 40})
  })

  it('does not matter to a source without messages, as in Node', async () => {
    const source = create(numbers(5000))
    const lost = map((n: number) => n)
    source.pipe(lost)
    const sink = new Committing()
    lost.destroy()
    await pipeline(source, sink)
    assert.equal(sink.committed.size, 5000)
  })

  it('of a tagged output without messages fails the stage, which would wait for it forever', async () => {
    const stage = parDo((n: number, c: ProcessContext<{copy: number}>) => void c.emit('copy', n))
    const gone = new Committing()
    stage.tagged('copy').pipe(gone)
    const open = deferred()
    const source = create(
      (async function* () {
        yield 1
        await open.promise
        yield 2
      })(),
    )
    const done = rejection(pipeline(source, stage, new Committing()))
    await settle()
    gone.destroy()
    const error = await done
    assert.equal(error['code'], 'ERR_SLUICE_TAG')
    open.resolve()
  })

  it('is given back at once when the source itself is destroyed without an error', async () => {
    const property = fc.asyncProperty(kinds, moment, async (one, rounds) => {
      const source = leased()
      const {sink} = branch(source, one)
      await settle(rounds)
      source.destroy()
      await closed(source)
      assertKept(source, [sink])
    })
    await fc.assert(property, {numRuns: 40})
  })
})
