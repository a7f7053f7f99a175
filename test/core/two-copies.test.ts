import {cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {pathToFileURL} from 'node:url'
import {expect} from 'chai'
import * as here from '../../lib/core/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'
import {asList} from '../../lib/transforms/index.ts'
import {doFn, LeasedSource, numberSource, numbers, rejection, TestSink, until} from './support.ts'

/** Another copy of the package in the same process, as when two dependencies bring their own. */
describe('two copies of the package in one process', () => {
  const root = join(import.meta.dirname, '..', '..')
  let dir = ''
  let other: typeof here

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-copy-'))
    writeFileSync(join(dir, 'package.json'), '{"type": "module"}')
    mkdirSync(join(dir, 'lib'))
    for (const room of ['core', 'errors', 'util'])
      cpSync(join(root, 'lib', room), join(dir, 'lib', room), {recursive: true})
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
    other = await import(pathToFileURL(join(dir, 'lib', 'core', 'index.ts')).href)
  })
  after(() => rmSync(dir, {recursive: true, force: true}))

  /** A DoFn of the other copy. */
  function theirs(process: (x: number) => Iterable<number>) {
    class Theirs extends other.DoFn<number, number> {
      override process(x: number) {
        return process(x) as number[]
      }
    }
    return new Theirs()
  }

  it('have classes of their own', () => {
    expect(other.Bundle).to.not.equal(here.Bundle)
    expect(theirs(x => [x])).to.not.be.instanceOf(here.DoFn)
  })

  it('know each other as ours: whole bundles, with their ids', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(2500),
      theirs(x => [x]),
      doFn(x => [x], {}, 'map'),
      sink,
    )
    expect(sink.values).to.have.length(2500)
    expect(sink.sizes).to.deep.equal([1000, 1000, 500])
    expect(sink.ids[2]).to.equal('s:2.0')
  })

  it('take each other’s side inputs', async () => {
    class Look extends other.DoFn<number, number, {}, {all: readonly number[]}> {
      override process(n: number, c: here.ProcessContext<{}, {all: readonly number[]}>) {
        return [n + c.side.all.length]
      }
    }
    const sink = new TestSink<number>()
    await pipeline(numberSource(2), new Look({side: {all: asList(numberSource(3))}}), sink)
    expect(sink.values).to.deep.equal([3, 4])
  })

  it('know each other’s bundles', () => {
    expect(here.isBundle(new other.Bundle([]))).to.equal(true)
    expect(other.isBundle(new here.Bundle([]))).to.equal(true)
  })

  it('carry leases through, once per destination', async () => {
    const source = new LeasedSource(3)
    const stage = theirs(x => [x])
    const sinks = [new TestSink({release: false}), new TestSink({release: false})]
    source.pipe(stage)
    for (const sink of sinks) stage.pipe(sink)
    await until(() => sinks.every(s => s.writableFinished))
    sinks[0]!.releaseAll()
    expect(source.acked).to.deep.equal([])
    sinks[1]!.releaseAll()
    expect(source.acked).to.deep.equal(numbers(3))
  })

  it('walk the links through each other', () => {
    const source = new LeasedSource(3)
    const stage = theirs(x => [x])
    source.pipe(stage)
    expect(other.isLeased(stage.info)).to.equal(true)
    expect(here.isLeased(stage.info)).to.equal(true)
  })

  it('know each other’s errors: wrapped once', async () => {
    const stage = theirs(() => {
      throw new Error('boom')
    })
    const error = await rejection(
      pipeline(
        numberSource(3),
        doFn(x => [x]),
        stage,
        new TestSink(),
      ),
    )
    expect(error).to.be.instanceOf(SluiceError)
    expect((error.cause as Error).message).to.equal('boom')
  })
})
