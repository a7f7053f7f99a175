import {PassThrough, Readable} from 'node:stream'
import {expect} from 'chai'
import {type DoFn, deadLetter, type StageInfo, stageOf, windowingOf} from '../../../../lib/core/index.ts'
import {hasSources, inputWindowings} from '../../../../lib/core/stage/links/windowing-of.ts'
import {
  batchElements,
  count,
  filter,
  fixedWindows,
  flatten,
  globalWindow,
  groupBy,
  map,
  partition,
  tee,
  track,
  windowInto,
} from '../../../../lib/index.ts'
import {TestSink, TestSource} from '../../support.ts'

const source = () => new TestSource<number>([])
const windowed = () =>
  source().pipe(windowInto<number, 'bad'>(fixedWindows(10), {timestamp: n => n, onError: deadLetter('bad')}))
const info = (stage: unknown) => stageOf(stage)!
const keyOf = (stage: unknown) => windowingOf(info(stage))?.key.split(' ')[0]
const FIXED = 'fixed(10,'

describe('windowingOf', () => {
  it('is undefined where nothing upstream has set one', () => {
    expect(windowingOf(info(source()))).to.equal(undefined)
    expect(windowingOf(info(source().pipe(map((n: number) => n))))).to.equal(undefined)
  })

  it('is passed on by stages that declare none', () => {
    const stages: DoFn<number, unknown>[] = [
      map((n: number) => n),
      filter(() => true),
      batchElements<number>({max: 5}) as never,
      track<number, number>(new PassThrough({objectMode: true})),
    ]
    for (const stage of stages) expect(keyOf(windowed().pipe(stage)), stage.info.name).to.equal(FIXED)
  })

  it('is passed on by branches, tagged outputs and flatten', () => {
    const parts = windowed().pipe(partition(2, (n: number) => n % 2))
    expect(keyOf(parts.tagged('0'))).to.equal(FIXED)
    const sink = new TestSink<number>()
    windowed().pipe(tee(sink) as never)
    expect(inputWindowings(sink.info).map(windowing => windowing?.key.split(' ')[0])).to.deep.equal([FIXED])
    expect(keyOf(flatten(windowed(), windowed()))).to.equal(FIXED)
  })

  it('is replaced by the next windowInto', () => {
    expect(keyOf(windowed().pipe(windowInto(globalWindow())))).to.equal('global')
  })

  it('of a tagged output is that of its stage’s input', () => {
    const later = windowed().pipe(windowInto<number, 'bad'>(fixedWindows(20), {onError: deadLetter('bad')}))
    expect(keyOf(later.tagged('bad'))).to.equal(FIXED)
    const grouping = windowed().pipe(groupBy({n: (n: number) => n}, {count: count()}))
    expect(keyOf(grouping.tagged('late'))).to.equal(FIXED)
  })

  it('does not cross a foreign stream', () => {
    const behind = map((n: number) => n)
    windowed()
      .pipe(new PassThrough({objectMode: true}))
      .pipe(behind)
    expect(behind.info.upstream.size).to.equal(1)
    expect(windowingOf(behind.info)).to.equal(undefined)
  })

  it('is found at once in a chain of many diamonds', () => {
    let last: {info: StageInfo; pipe: Readable['pipe']} = windowed() as never
    for (let i = 0; i < 30; i++) {
      const [a, b] = [map((n: number) => n), map((n: number) => n)]
      last.pipe(a)
      last.pipe(b)
      last = flatten(a, b) as never
    }
    expect(keyOf(last)).to.equal(FIXED)
  })

  it('ends where streams are connected in a circle', () => {
    const [a, b] = [map((n: number) => n), map((n: number) => n)]
    a.pipe(b)
    b.pipe(a)
    expect(windowingOf(a.info)).to.equal(undefined)
  })
})

describe('hasSources', () => {
  it('is true once everything upstream is connected', () => {
    const [first, last] = [map((n: number) => n), map((n: number) => n)]
    first.pipe(last)
    expect(hasSources(last.info)).to.equal(false)
    source().pipe(first)
    expect(hasSources(last.info)).to.equal(true)
  })

  it('counts streams that are not stages', () => {
    const stage = map((n: number) => n)
    Readable.from([1]).pipe(stage)
    expect(hasSources(stage.info)).to.equal(true)
  })
})
