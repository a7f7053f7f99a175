import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {type Bundle, DoFn, Source} from '../../lib/core/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {flatten} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {programCommand} from '../support/program.ts'
import {Boom, failingCases} from './failing-stages.ts'
import {Endless, Kept, Mapped, numbers, rejection, Sort, Values} from './support.ts'

describe('a pipeline with a failing stage', function () {
  // the promise itself: a run rejects within a second, whatever its stages do
  this.timeout(60_000)

  for (const {title, code, stage, element, build} of failingCases)
    it(`rejects with the original error: ${title}`, async () => {
      const run = build().run()
      const error = (await rejection(run)) as SluiceError
      expect(error).to.be.instanceOf(SluiceError)
      expect(error).to.include({code, stage})
      expect(error.cause).to.be.instanceOf(Boom)
      expect(error.message).to.contain(stage).and.to.contain('boom')
      expect(error.element).to.equal(element)
      expect(run.state).to.equal('failed')
    })

  it('has every stage destroyed and closed when it rejects', async () => {
    const stages = [new Endless(), new Mapped((x: number) => x), new Sort(), new Kept(), new Kept()] as const
    const [source, same, sort, sink, odd] = stages
    const p = new Pipeline()
    const read = p.apply('Read', source)
    const sorted = read.apply('Same', same).apply('Sort', sort)
    sorted.apply('Keep', sink)
    sorted.tagged('odd').apply('Odd', odd)
    read.apply('Fail', new Mapped(throwAt(100)))
    await rejection(p.run())
    for (const stage of stages) expect(stage).to.include({destroyed: true, closed: true})
  })

  it('fails when a sink on a tagged output fails', async () => {
    const p = new Pipeline()
    class Broken extends Kept<number> {
      override writeBundle() {
        throw new Boom('boom')
      }
    }
    const sorted = p.apply('Read', new Endless()).apply('Sort', new Sort())
    sorted.apply('Keep', new Kept())
    sorted.tagged('odd').apply('Odd', new Broken())
    const error = (await rejection(p.run())) as SluiceError
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'Odd'})
    expect(error.cause).to.be.instanceOf(Boom)
  })

  it('fails with the cause when a branch of a diamond fails', async () => {
    const p = new Pipeline()
    const read = p.apply('Read', new Endless())
    const good = read.apply('Good', new Mapped(x => x))
    const bad = read.apply('Bad', new Mapped(throwAt(5000)))
    p.apply('All', flatten(good, bad)).apply('Keep', new Kept())
    const error = (await rejection(p.run())) as SluiceError
    expect(error).to.include({stage: 'Bad', element: 5000})
    expect(error.cause).to.be.instanceOf(Boom)
  })

  it('gives the first of several errors', async () => {
    const p = new Pipeline()
    const gate = deferred()
    class Second extends Kept<number> {
      override async writeBundle() {
        await gate.promise
        throw new Error('second')
      }
    }
    const read = p.apply('Read', new Endless())
    read.apply('Second', new Second())
    read.apply('First', new Mapped(throwAt(5)))
    const error = await rejection(p.run())
    gate.resolve()
    await new Promise(resolve => setImmediate(resolve))
    expect(error).to.include({stage: 'First'})
  })

  it('does not wait for a process() that never settles', async () => {
    class Hanging extends DoFn<number, number> {
      process() {
        return new Promise<never>(() => {})
      }
    }
    const p = new Pipeline()
    const read = p.apply('Read', new Endless())
    read.apply('Hang', new Hanging())
    read.apply('Fail', new Mapped(throwAt(5)))
    expect(await rejection(p.run())).to.include({stage: 'Fail'})
  })

  it('does not wait for a stage that never closes', async () => {
    class Stuck extends Kept<number> {
      override _destroy() {}
    }
    const p = new Pipeline()
    const read = p.apply('Read', new Endless())
    read.apply('Stuck', new Stuck())
    read.apply('Fail', new Mapped(throwAt(5)))
    expect(await rejection(p.run())).to.include({stage: 'Fail'})
  })

  it('does not wait for a source whose input never comes', async () => {
    class Silent extends Source<number> {
      async *bundles() {
        yield [1]
        await new Promise(() => {})
      }
    }
    const p = new Pipeline()
    p.apply('Read', new Silent()).apply('Fail', new Mapped(throwAt(1)))
    expect(await rejection(p.run())).to.include({stage: 'Fail', element: 1})
  })

  it('aborts the signal of calls in flight', async () => {
    const aborted = deferred()
    class Waiting extends DoFn<number, number> {
      override process(_: number, c: Parameters<DoFn<number, number>['process']>[1]) {
        c.signal.addEventListener('abort', () => aborted.resolve())
        return new Promise<never>(() => {})
      }
    }
    const p = new Pipeline()
    const read = p.apply('Read', new Endless())
    read.apply('Wait', new Waiting())
    read.apply('Fail', new Mapped(throwAt(5)))
    await rejection(p.run())
    await aborted.promise
  })

  it('reports it when a stage was destroyed without an error', async () => {
    const p = new Pipeline()
    const stage: DoFn<number, number> = new Mapped(x => {
      if (x === 30) stage.destroy()
      return x
    })
    p.apply('Read', new Endless()).apply('Stop', stage).apply('Keep', new Kept())
    const error = await rejection(p.run())
    expect(error).to.be.instanceOf(SluiceError).and.to.include({code: 'ERR_SLUICE_PROCESS', stage: 'Stop'})
    expect(error.message).to.match(/Stop was destroyed before it ended.*run\.cancel\(\)/)
  })

  it('names the stage whose error is not a SluiceError', async () => {
    const p = new Pipeline()
    const stage: DoFn<number, number> = new Mapped(x => {
      if (x === 30) stage.destroy(new Boom('boom'))
      return x
    })
    p.apply('Read', new Endless()).apply('Stop', stage).apply('Keep', new Kept())
    const error = (await rejection(p.run())) as SluiceError
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', stage: 'Stop', message: 'Stop: boom'})
    expect(error.cause).to.be.instanceOf(Boom)
  })

  it('fails when a sink inside a step fails, and names that sink', async () => {
    class Broken extends Kept<number> {
      override writeBundle(bundle: Bundle<number>) {
        if (bundle.values.includes(201)) throw new Boom('boom')
      }
    }
    class Both extends Sort {
      constructor() {
        super()
        this.tagged('odd').pipe(new Broken())
      }
    }
    const p = new Pipeline()
    p.apply('Read', new Endless()).apply('Tee', new Both()).apply('Keep', new Kept())
    const error = (await rejection(p.run())) as SluiceError
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'Broken'})
    expect(error.cause).to.be.instanceOf(Boom)
  })

  it('still reports its counts', async () => {
    const p = new Pipeline()
    p.apply('Read', new Values(numbers(100))).apply('Fail', new Mapped(throwAt(55)))
    const run = p.run()
    await rejection(run)
    expect(run.metrics()[1]).to.include({name: 'Fail', in: 50})
  })

  it('leaves nothing that keeps the process alive, and no unhandled rejection', async function () {
    this.timeout(60_000)
    const script = fileURLToPath(new URL('failing-child.ts', import.meta.url))
    const [node = '', ...program] = programCommand(script)
    const child = spawn(node, program, {stdio: ['ignore', 'pipe', 'inherit']})
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect(said).to.equal(`${failingCases.length} failed as they should, exit 0\n`)
    expect(code).to.equal(0)
  })
})

function throwAt(at: number): (x: number) => number {
  return x => {
    if (x === at) throw new Boom('boom')
    return x
  }
}
