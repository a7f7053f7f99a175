import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import type {Target} from '../../lib/core/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'
import {asList, map} from '../../lib/transforms/index.ts'
import {doFn, numberSource, rejection, TestSink} from './support.ts'

function at(service: string, local: boolean, explicit = false): {target: () => Target} {
  return {target: () => ({service, variable: `${service.toUpperCase()}_EMULATOR_HOST`, local, explicit})}
}

/** A source on an emulator and a sink that is not. */
function mixed({explicit, allow, local = false}: {explicit?: boolean; allow?: boolean; local?: boolean} = {}) {
  const source = numberSource(3, 3, {name: 'Read'}, at('storage', true))
  const sink = new TestSink<number>({name: 'Write'}, {...at('bigquery', local, explicit), allowMixedTargets: allow})
  return {source, sink}
}

function refused(error: unknown): void {
  expect(error).to.be.instanceOf(SluiceError)
  expect((error as SluiceError).code).to.equal('ERR_SLUICE_MIXED_TARGETS')
  expect((error as Error).message).to.include('To an emulator: Read (storage, STORAGE_EMULATOR_HOST)')
  expect((error as Error).message).to.include('To Google Cloud: Write (bigquery, BIGQUERY_EMULATOR_HOST)')
  expect((error as Error).message).to.include('allowMixedTargets: true')
}

function thrown(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('a chain that points partly to an emulator', () => {
  it('is refused when the emulator is that of a side input', async () => {
    const {source: side, sink} = mixed()
    const stage = map((n: number, c) => n + c.side.all.length, {side: {all: asList(side)}})
    refused(await rejection(Promise.resolve().then(() => pipeline(numberSource(1), stage, sink))))
    expect(side.pulled).to.equal(0)
  })

  it('is refused before anything is read', async () => {
    const {source, sink} = mixed()
    refused(
      await rejection(
        pipeline(
          source,
          doFn(x => [x]),
          sink,
        ),
      ),
    )
    expect(source.pulled).to.equal(0)
  })

  it('is refused in either order of piping', () => {
    const [a, b] = [mixed(), mixed()]
    const [front, back] = [doFn(x => [x]), doFn(x => [x])]
    a.source.pipe(front)
    refused(thrown(() => front.pipe(a.sink)))
    back.pipe(b.sink)
    refused(thrown(() => b.source.pipe(back)))
  })

  it('is refused when a foreign stream stands between', () => {
    const {source, sink} = mixed()
    const foreign = new PassThrough({objectMode: true})
    foreign.pipe(sink)
    refused(thrown(() => source.pipe(foreign)))
  })

  it('is refused when the foreign stream is connected last', async () => {
    const {source, sink} = mixed()
    const foreign = new PassThrough({objectMode: true})
    source.pipe(foreign)
    const failed = new Promise(resolve => sink.once('error', resolve))
    foreign.pipe(sink)
    refused(await failed)
  })

  it('stays unconnected after the refusal', () => {
    const {source, sink} = mixed()
    thrown(() => source.pipe(sink))
    expect([source.info.downstream.size, sink.info.upstream.size]).to.deep.equal([0, 0])
  })

  it('is allowed with allowMixedTargets, and for a client that was given ready', async () => {
    for (const options of [{allow: true}, {explicit: true}]) {
      const {source, sink} = mixed(options)
      await pipeline(source, sink)
      expect(sink.values).to.deep.equal([0, 1, 2])
    }
  })

  it('is not what two local services are', async () => {
    const {source, sink} = mixed({local: true})
    await pipeline(source, sink)
  })
})
