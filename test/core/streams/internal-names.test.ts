import {Readable, Transform, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, DoFn, LeasedSource, Sink, Source} from '../../../lib/core/index.ts'
import {TestLease} from '../fakes.ts'

/** What a user may well call a field or a method of a stage: names of the inside, past and present. */
const NAMES = [
  ...['abort', 'advance', 'barrier', 'bundle', 'callKind', 'calls', 'context', 'drainBy', 'drainError', 'early'],
  ...['emitBarrier', 'emitTagged', 'fail', 'finish', 'finishInput', 'given', 'hand', 'handTagged', 'hasRoom', 'held'],
  ...[
    'hooks',
    'inbox',
    'info',
    'kind',
    'limit',
    'loop',
    'messageSettled',
    'metrics',
    'name',
    'neverStarted',
    'onTimer',
  ],
  ...[
    'onWatermark',
    'options',
    'outlet',
    'output',
    'outputs',
    'passBarrier',
    'policy',
    'processor',
    'ready',
    'receive',
  ],
  ...['rules', 'runner', 'side', 'signal', 'stage', 'start', 'started', 'state', 'take', 'takeBarrier', 'takeBundle'],
  ...['target', 'wanted', 'waiting', 'watermarks', 'whenRoom'],
]
/** Members that are documented: users call or override them. */
const PUBLIC = [
  ...['constructor', 'info', 'tagged', 'drain', 'endEarly', 'flush', 'emitTagged', 'signal', 'ownsLeases'],
  ...['patience', 'messageSettled', 'observesWindow'],
]
const odd = () => {
  throw new Error('called by the library')
}

class Numbers extends Source<number> {
  override async *bundles() {
    yield [1, 2]
  }
}
class Messages extends LeasedSource<number> {
  readonly leases = [new TestLease(1), new TestLease(2)]
  override async *bundles() {
    yield new Bundle([1, 2], {leases: this.leases})
  }
  protected override get unsettled() {
    return 0
  }
  protected override giveBack() {}
  protected override async closeUp() {}
}
class Double extends DoFn<number, number> {
  override process(n: number) {
    return [n * 2]
  }
}
class Later extends DoFn<number, number> {
  override async process(n: number) {
    return [n + 1]
  }
}
class Keep extends Sink<number> {
  readonly got: number[] = []
  override writeBundle({values}: {values: number[]}) {
    this.got.push(...values)
  }
  override commit() {}
}

describe('names of internals', () => {
  for (const name of NAMES)
    it(`leave a user's subclass the field and the method ${name}`, async () => {
      for (const source of [() => new Numbers(), () => new Messages()])
        for (const member of [null, 17, odd]) {
          const sink = new Keep()
          const stages = [source(), new Double(), new Later(), sink] as const
          // as a class field does it
          for (const stage of stages)
            Object.defineProperty(stage, name, {value: member, writable: true, configurable: true})
          await pipeline(...stages)
          expect(sink.got).to.deep.equal([3, 5])
        }
    })

  it('are symbols or private: all others are those of Node, or documented', () => {
    for (const [stage, base] of [
      [Source, Readable],
      [LeasedSource, Readable],
      [DoFn, Transform],
      [Sink, Writable],
    ] as const)
      for (let at = stage.prototype as object; at !== base.prototype; at = Object.getPrototypeOf(at))
        // the hooks of Node begin so
        for (const name of Object.getOwnPropertyNames(at))
          if (!(name in base.prototype) && !name.startsWith('_'))
            expect(PUBLIC, `${stage.name}.${name}`).to.include(name)
  })

  it('are no fields of a stage', () => {
    const own = (stage: object, plain: object) =>
      Object.getOwnPropertyNames(stage).filter(
        name => !Object.hasOwn(plain, name) && !name.startsWith('_') && !PUBLIC.includes(name),
      )
    expect(own(new Numbers(), new Readable())).to.deep.equal([])
    expect(own(new Double(), new Transform())).to.deep.equal([])
    expect(own(new Keep(), new Writable())).to.deep.equal(['got'])
  })

  it('leave a sink its leases when it has a member ownsLeases that is not true', async () => {
    for (const member of [odd, 17, {}]) {
      const [source, sink] = [new Messages(), new Keep()]
      Object.defineProperty(sink, 'ownsLeases', {value: member})
      await pipeline(source, sink)
      expect(source.leases.map(({acked}) => acked)).to.deep.equal([true, true])
    }
  })
})
