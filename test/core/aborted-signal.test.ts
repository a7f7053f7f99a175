import {strict as assert} from 'node:assert'
import {PassThrough, type Readable, Transform, type Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import * as sluice from '../../lib/index.ts'
import {testSink, testSource} from '../../lib/testing/index.ts'
import {rejection} from './support.ts'

type Make = (signal: AbortSignal) => Readable | Writable | Transform

/** A stage of each kind, made with a signal; its other ends are made up around it. */
const SOURCES: Record<string, Make> = {
  create: signal => sluice.create([1, 2], {signal}),
  flatten: signal => sluice.flatten(sluice.create([1]), sluice.create([2]), {signal}),
  readFromText: signal => sluice.readFromText('nowhere/*.txt', {signal}),
  readFromCsv: signal => sluice.readFromCsv('nowhere/*.csv', {signal}),
  readFromJson: signal => sluice.readFromJson('nowhere/*.json', {signal}),
  readFromStdin: signal => sluice.readFromStdin({stream: new PassThrough(), signal}),
  'readFromPubSub, a subscription': signal =>
    sluice.readFromPubSub({subscription: 'projects/p/subscriptions/s', signal}),
  'readFromPubSub, a replay': signal => sluice.readFromPubSub({replay: 'nowhere/*.jsonl', signal}),
  testSource: signal => testSource([[1]], {signal}),
  'a testSource with leases': signal => testSource([[1]], {signal, leases: true}),
}

const TRANSFORMS: Record<string, Make> = {
  map: signal => sluice.map((n: number) => n, {signal}),
  filter: signal => sluice.filter((n: number) => n > 0, {signal}),
  flatMap: signal => sluice.flatMap((n: number) => [n], {signal}),
  tap: signal => sluice.tap(() => {}, {signal}),
  parDo: signal => sluice.parDo((n: number) => [n], {signal}),
  batchElements: signal => sluice.batchElements({signal}),
  track: signal => sluice.track(new Transform({objectMode: true, transform: (n, _, done) => done(null, n)}), {signal}),
  tee: signal => sluice.tee({copy: testSink()}, {signal}),
  parseCsv: signal => sluice.parseCsv({columns: ['n'], signal}),
  parseJson: signal => sluice.parseJson({signal}),
  readAllFromText: signal => sluice.readAllFromText({signal}),
  partition: signal => sluice.partition(2, () => 0, {signal}),
  'map with a side input': signal =>
    sluice.map((n: number) => n, {signal, side: {all: sluice.asList(sluice.create([1]))}}),
}

const SINKS: Record<string, Make> = {
  discard: signal => sluice.discard({signal}),
  writeToStdout: signal => sluice.writeToStdout({stream: new PassThrough(), signal}),
  writeToText: signal => sluice.writeToText('nowhere/out', {signal}),
  writeToCsv: signal => sluice.writeToCsv('nowhere/out', {signal}),
  writeToJson: signal => sluice.writeToJson('nowhere/out', {signal}),
  writeToBigQuery: signal => sluice.writeToBigQuery({table: 'p.d.t', signal}),
  writeToPubSub: signal => sluice.writeToPubSub({topic: 'projects/p/topics/t', signal}),
  testSink: signal => testSink({signal}),
}

function chainOf(
  kind: string,
  stage: Readable | Writable,
): readonly [Readable, Writable] | readonly [Readable, Transform, Writable] {
  if (kind in SOURCES) return [stage as Readable, sluice.discard()]
  if (kind in SINKS) return [sluice.create([1]), stage as Writable]
  return [sluice.create([1]), stage as Transform, sluice.discard()]
}

const KINDS = Object.entries({...SOURCES, ...TRANSFORMS, ...SINKS})

describe('a signal that has aborted before the stage is made', () => {
  for (const [kind, make] of KINDS) {
    it(`fails ${kind} with an AbortError whose cause is the signal's reason`, async () => {
      const reason = new Error('too late')
      const stage = make(AbortSignal.abort(reason))
      const error = await rejection(pipeline(chainOf(kind, stage) as unknown as [Readable, Writable]))
      assert.deepEqual([error.name, error['code'], error.cause], ['AbortError', 'ABORT_ERR', reason])
    })

    it(`lets ${kind} be destroyed by hand at once`, async () => {
      const stage = make(AbortSignal.abort()) as Readable
      stage.on('error', () => {})
      stage.destroy()
      await new Promise(resolve => stage.once('close', resolve))
      assert.equal(stage.destroyed, true)
    })
  }

  it('cancels the run of a Pipeline before anything is read', async () => {
    let read = 0
    const p = new sluice.Pipeline()
    p.apply('Read', sluice.create([1]))
      .apply(
        'Note',
        sluice.tap(() => void read++, {signal: AbortSignal.abort()}),
      )
      .apply('Drop', sluice.discard())
    const error = await rejection(p.run())
    assert.deepEqual([error['code'], error['stage'], read], ['ERR_SLUICE_CANCELLED', 'Note', 0])
  })
})
