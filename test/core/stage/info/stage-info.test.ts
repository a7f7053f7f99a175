import {expect} from 'chai'
import {
  DEFAULTS,
  DoFn,
  LeasedSource,
  nameStep,
  Sink,
  Source,
  settle,
  stageDescriptor,
  systemClock,
  useClock,
} from '../../../../lib/core/index.ts'
import {FakeClock} from '../../../../lib/testing/index.ts'
import {TestLogger} from '../../fakes.ts'

class Numbers extends Source<number> {
  *bundles() {
    yield [1]
  }
}
class Double extends DoFn<number, number> {
  process(n: number) {
    return [n * 2]
  }
}
class Keep extends Sink<number> {
  override writeBundle(): void {}
  override commit(): void {}
}
class Messages extends LeasedSource<number> {
  *bundles() {
    yield [1]
  }
  protected override get unsettled(): number {
    return 3
  }
  protected override giveBack(): void {}
  protected override async closeUp(): Promise<void> {}
}

const kinds = {source: Numbers, dofn: Double, sink: Keep}

for (const [kind, Stage] of Object.entries(kinds))
  describe(`the info of a ${kind}`, () => {
    it('has the name of the class, of the descriptor, or of the option, the last one counting', () => {
      const defaultName = 'readNumbers'
      expect(new Stage().info).to.include({name: Stage.name, named: false, kind})
      expect(new Stage({}, stageDescriptor({defaultName})).info).to.include({name: defaultName, named: false})
      expect(new Stage({name: 'Mine'}, stageDescriptor({defaultName})).info).to.include({name: 'Mine', named: true})
    })

    it('cannot be changed', () => {
      const {info} = new Stage()
      const loose = info as unknown as Record<string, unknown>
      const names = [...Object.keys(info), ...Object.getOwnPropertyNames(Object.getPrototypeOf(info))]
      expect(names).to.include.members(['name', 'clock', 'leased', 'target', 'metrics', 'stream'])
      for (const name of names.filter(name => name !== 'constructor'))
        expect(() => (loose[name] = undefined), name).to.throw(TypeError)
      expect(() => (loose['added'] = 1)).to.throw(TypeError)
    })

    it('takes what a connector declares from a descriptor only, not from another second argument', () => {
      const parts = {leased: true, unbounded: true, allowMixedTargets: true, maxDelay: 5}
      expect(new Stage({}, stageDescriptor(parts)).info).to.include(parts)
      for (const other of [parts, 5, null, 'x'] as never[])
        expect(new Stage({}, other).info).to.include({leased: false, unbounded: false, allowMixedTargets: false})
    })

    it('refuses as an option what only a connector declares', () => {
      for (const option of ['leased', 'target', 'defaultName', 'descriptor'])
        expect(() => new Stage({[option]: true} as never))
          .to.throw(`unknown option \`${option}\``)
          .with.property('code', 'ERR_SLUICE_OPTION')
    })

    it('asks functions of the descriptor when somebody asks', () => {
      let asked = 0
      const {info} = new Stage(
        {},
        stageDescriptor({
          leased: () => asked++ > 0,
          observe: () => ({asked}),
          target: () => undefined,
          columns: () => ['a'],
          derivedName: () => `Derived ${asked}`,
        }),
      )
      expect(asked).to.equal(0)
      expect([info.leased, info.leased]).to.deep.equal([false, true])
      expect(info.observe?.()).to.deep.equal({asked: 2})
      expect(info.target?.()).to.equal(undefined)
      expect(info.columns?.()).to.deep.equal(['a'])
      expect(info.name).to.equal('Derived 2')
    })

    it('gets its step name from the graph', () => {
      const {info} = new Stage({name: 'Mine'})
      expect(info.applied).to.equal(false)
      nameStep(info, 'Step')
      expect(info).to.include({name: 'Step', named: true, applied: true})
    })

    it('gets a clock, and what a Pipeline sets for all stages; its own logger stays', () => {
      const [given, other, clock] = [new TestLogger(), new TestLogger(), new FakeClock()]
      const [plain, own] = [new Stage().info, new Stage({logger: given}).info]
      expect(plain).to.include({clock: systemClock, defaultConcurrency: DEFAULTS.concurrency})
      for (const info of [plain, own]) settle(info, {logger: other, concurrency: 7, allowMixedTargets: true})
      expect([plain.logger, own.logger]).to.deep.equal([other, given])
      expect(plain).to.include({defaultConcurrency: 7, allowMixedTargets: true})
      settle(plain, {logger: given})
      expect(plain).to.include({logger: other, defaultConcurrency: 7, allowMixedTargets: true})
      useClock(plain, clock)
      expect(plain.clock).to.equal(clock)
    })
  })

describe('the info of a LeasedSource', () => {
  it('is leased, and says how many messages are outstanding', () => {
    const {info} = new Messages()
    expect(info.leased).to.equal(true)
    expect(info.observe?.()).to.deep.equal({outstanding: 3})
  })

  it('is not leased if the source says so', () => {
    const {info} = new Messages({}, stageDescriptor({leased: false}))
    expect(info.leased).to.equal(false)
    expect(info.observe?.()).to.deep.equal({})
  })
})
