import {strict as assert} from 'node:assert'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {settle} from '../../lib/core/index.ts'
import {
  asMap,
  asSingleton,
  type Bundle,
  batchElements,
  create,
  DoFn,
  deadLetter,
  discard,
  filter,
  flatMap,
  flatten,
  map,
  type ProcessContext,
  parDo,
  partition,
  Sink,
  SluiceError,
  Source,
  tap,
  tee,
  withKeys,
} from '../../lib/index.ts'
import {testSink} from '../../lib/testing/index.ts'
import {rejection} from './support.ts'

const refuse = (): never => {
  throw new Error('refused')
}
const TRAPS = [
  'get',
  'has',
  'getPrototypeOf',
  'ownKeys',
  'getOwnPropertyDescriptor',
  'set',
  'defineProperty',
  'isExtensible',
]

/** What user code may throw, by what is odd about it. */
const THROWN: Record<string, () => unknown> = {
  'an object without a prototype': () => Object.create(null),
  'a Proxy whose traps throw': () => new Proxy({}, Object.fromEntries(TRAPS.map(trap => [trap, refuse]))),
  'a Proxy that was revoked': () => {
    const {proxy, revoke} = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  null: () => null,
  undefined: () => undefined,
  'a symbol': () => Symbol('odd'),
  'a frozen error': () => Object.freeze(new Error('frozen')),
  'a frozen SluiceError': () => Object.freeze(new SluiceError('ERR_SLUICE_PROCESS', 'frozen')),
  'an error whose getters throw': () => {
    const error = new Error('odd')
    // made now, by Node: it would ask the getters for it
    void error.stack
    for (const name of ['message', 'name', 'stack', 'cause', 'code']) Object.defineProperty(error, name, {get: refuse})
    return error
  },
  'an object whose toString and inspection throw': () => ({
    toString: refuse,
    [Symbol.toPrimitive]: refuse,
    [Symbol.for('nodejs.util.inspect.custom')]: refuse,
  }),
}

type Run = (thrown: unknown) => Promise<unknown>
const raise = (thrown: unknown): never => {
  throw thrown
}
const later = async (thrown: unknown): Promise<never> => {
  await null
  throw thrown
}

class Hooked extends DoFn<number, number> {
  constructor(hooks: object) {
    super()
    Object.assign(this, hooks)
  }
  override process(n: number) {
    return [n]
  }
}

class HookedSink extends Sink<number> {
  constructor(hooks: object) {
    super()
    Object.assign(this, hooks)
  }
  override writeBundle(_: Bundle<number>): void {}
  override commit(): void {}
}

class From extends Source<number> {
  readonly #make: () => AsyncIterable<number[]>
  constructor(make: () => AsyncIterable<number[]>) {
    super()
    this.#make = make
  }
  override bundles(): AsyncIterable<number[]> {
    return this.#make()
  }
}

const hook =
  (name: string, how: (thrown: unknown) => unknown): Run =>
  thrown =>
    pipeline(create([1, 2]), new Hooked({[name]: () => how(thrown)}), discard())
const sinkHook =
  (name: string, how: (thrown: unknown) => unknown): Run =>
  thrown =>
    pipeline(create([1, 2]), new HookedSink({[name]: () => how(thrown)}))
const iterable = (next: () => Promise<IteratorResult<number[]>>) => ({[Symbol.asyncIterator]: () => ({next})})

/** Where user code is called: each must fail the run. */
const PLACES: Record<string, Run> = {
  'bundles()': thrown => pipeline(new From(() => raise(thrown)), discard()),
  'next() of the bundles': thrown => pipeline(new From(() => iterable(() => raise(thrown))), discard()),
  'next() of the bundles, by a promise': thrown => pipeline(new From(() => iterable(() => later(thrown))), discard()),
  'an iterable given to create': thrown =>
    pipeline(
      create({
        *[Symbol.iterator]() {
          yield 1
          raise(thrown)
        },
      }),
      discard(),
    ),
  'an async iterable given to create': thrown =>
    pipeline(
      create({
        async *[Symbol.asyncIterator]() {
          yield 1
          await later(thrown)
        },
      }),
      discard(),
    ),
  'process, a generator': thrown =>
    pipeline(
      create([1]),
      parDo(function* (n: number) {
        yield n
        raise(thrown)
      }),
      discard(),
    ),
  'process, an async generator': thrown =>
    pipeline(
      create([1]),
      parDo(async function* (n: number) {
        yield n
        await later(thrown)
      }),
      discard(),
    ),
  'process after an emit': thrown =>
    pipeline(
      create([1]),
      parDo((n: number, c: ProcessContext<{odd: number}>) => {
        c.emit('odd', n)
        return raise(thrown)
      }),
      discard(),
    ),
  'finishBundle, a generator': hook('finishBundle', function* (thrown) {
    yield 1
    raise(thrown)
  }),
  'finishBundle, an async generator': hook('finishBundle', async function* (thrown) {
    yield 1
    await later(thrown)
  }),
  'the fn of partition': thrown =>
    pipeline(
      create([1]),
      partition(2, () => raise(thrown)),
      discard(),
    ),
  'the fn of withKeys': thrown =>
    pipeline(
      create([1]),
      withKeys(() => raise(thrown)),
      discard(),
    ),
  'the fn of filter': thrown =>
    pipeline(
      create([1]),
      filter(() => raise(thrown)),
      discard(),
    ),
  'the fn of filter, by a promise': thrown =>
    pipeline(
      create([1]),
      filter(() => later(thrown)),
      discard(),
    ),
  'the fn of flatMap': thrown =>
    pipeline(
      create([1]),
      flatMap(() => raise(thrown)),
      discard(),
    ),
  'the fn of tap': thrown =>
    pipeline(
      create([1]),
      tap(() => raise(thrown)),
      discard(),
    ),
  'the fn of map': thrown =>
    pipeline(
      create([1]),
      map(() => raise(thrown)),
      discard(),
    ),
  'the fn of map, by a promise, in parallel': thrown =>
    pipeline(
      create([1, 2, 3]),
      map(() => later(thrown), {concurrency: 3}),
      discard(),
    ),
  'the size of batchElements': thrown =>
    pipeline(create([1]), batchElements({maxBytes: 10, size: () => raise(thrown)}), discard()),
  'the key of a side input': thrown =>
    pipeline(
      create([1]),
      map(n => n, {side: {m: asMap(create([1]), () => raise(thrown))}}),
      discard(),
    ),
  'the function of a side input': thrown =>
    pipeline(
      create([1]),
      map(n => n, {side: {m: asSingleton(() => raise(thrown))}}),
      discard(),
    ),
  'the source of a side input': thrown =>
    pipeline(
      create([1]),
      map(n => n, {side: {m: asSingleton(new From(() => raise(thrown)))}}),
      discard(),
    ),
  'a branch of tee': thrown =>
    pipeline(create([1]), tee({copy: new HookedSink({writeBundle: () => raise(thrown)})}), discard()),
  'an input of flatten': thrown => pipeline(flatten(create([1]), new From(() => raise(thrown))), discard()),
  'the stage before a dead letter': thrown =>
    pipeline(
      create([1]),
      map(() => raise(thrown), {onError: deadLetter('bad')}),
      discard(),
    ),
}
for (const name of ['setup', 'startBundle', 'process', 'finishBundle', 'teardown']) {
  PLACES[`${name} of a DoFn`] = hook(name, raise)
  PLACES[`${name} of a DoFn, by a promise`] = hook(name, later)
}
for (const name of ['setup', 'writeBundle', 'commit', 'teardown']) {
  PLACES[`${name} of a sink`] = sinkHook(name, raise)
  PLACES[`${name} of a sink, by a promise`] = sinkHook(name, later)
}

describe('whatever user code throws', () => {
  for (const [place, run] of Object.entries(PLACES))
    for (const [what, make] of Object.entries(THROWN))
      it(`fails the run with a SluiceError: ${what}, out of ${place}`, async () => {
        const error = await rejection(run(make()))
        assert.ok(error instanceof SluiceError, String(error.stack))
        assert.equal(typeof error.message, 'string')
      })

  for (const [what, make] of Object.entries(THROWN)) {
    it(`becomes a dead letter with a text for it: ${what}`, async () => {
      const stage = map(() => raise(make()), {onError: deadLetter('bad')})
      const letters = testSink<{error: string; stack: string}>()
      stage.tagged('bad').pipe(letters)
      await pipeline(create([1]), stage, discard())
      assert.deepEqual(
        letters.values.map(({error, stack}) => [typeof error, typeof stack]),
        [['string', 'string']],
      )
    })

    it(`is of no interest when it comes from return(), by then the run has failed: ${what}`, async () => {
      const values = (how: (thrown: unknown) => never | Promise<never>) => ({
        [Symbol.asyncIterator]: () => ({next: async () => ({value: 1, done: false}), return: () => how(make())}),
      })
      const fail = () => map(() => raise(new Error('enough')))
      for (const how of [raise, later]) {
        const error = await rejection(pipeline(create(values(how)), fail(), discard()))
        assert.match(error.message, /enough/)
      }
      const each = {[Symbol.iterator]: () => ({next: () => ({value: 1, done: false}), return: () => raise(make())})}
      const again = await rejection(pipeline(create(each as unknown as Iterable<number>), fail(), discard()))
      assert.match(again.message, /enough/)
    })

    it(`does not keep a source from ending early, out of return(): ${what}`, async () => {
      for (const how of [raise, later]) {
        const source = new From(() => ({
          [Symbol.asyncIterator]: () => ({next: async () => ({value: [1], done: false}), return: () => how(make())}),
        }))
        const stop = tap(() => source.endEarly())
        await pipeline(source, stop, discard())
      }
    })

    it(`does not disturb the run when a logger throws it: ${what}`, async () => {
      const logger = {
        debug: () => raise(make()),
        info: () => raise(make()),
        warn: () => raise(make()),
        error: () => later(make()),
      }
      const stage = new Hooked({
        process(this: Hooked, n: number) {
          this.info.log.warn('w')
          this.info.log.error('e')
          return [n]
        },
      })
      settle(stage.info, {logger: logger as never})
      const written = process.stderr.write
      let told = ''
      process.stderr.write = ((text: string) => (told += text)) as never
      try {
        await pipeline(create([1]), stage, discard())
        await new Promise(setImmediate)
      } finally {
        process.stderr.write = written
      }
      assert.match(told, /the given logger has failed/)
      assert.equal(told.match(/has failed/g)?.length, 1)
    })

    // Node itself takes an 'error' event with nothing for none
    if (make() == null) continue
    it(`fails the run as what a foreign stream before it has failed with: ${what}`, async () => {
      const foreign = new Readable({objectMode: true, read() {}})
      const all = flatten(foreign)
      const done = rejection(pipeline(all, discard()))
      foreign.emit('error', make())
      const error = await done
      assert.ok(error instanceof Error)
    })
  }

  it('may be nothing like a promise where a hook may answer with one', async () => {
    const odd = () => 5
    const stage = new Hooked({setup: odd, startBundle: odd, teardown: odd})
    const sink = new HookedSink({setup: odd, writeBundle: odd, commit: odd, teardown: odd})
    await pipeline(create([1, 2]), stage, sink)
    assert.equal(sink.info.metrics.in, 2)
  })
})
