import {Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {doFn, numberSource, settle, TestSink, until} from './support.ts'

describe('highWaterMark', () => {
  for (const [values, chunks] of [
    [undefined, 1],
    [1, 1],
    [1000, 1],
    [1499, 1],
    [1500, 2],
    [10_000, 10],
  ] as const)
    it(`${values ?? 'left out'} means ${chunks} bundles for Node`, () => {
      const options = values === undefined ? {} : {highWaterMark: values}
      expect(numberSource(1, 1, options).readableHighWaterMark).to.equal(chunks)
      const stage = doFn(x => [x], options)
      expect([stage.readableHighWaterMark, stage.writableHighWaterMark]).to.deep.equal([chunks, chunks])
      expect(new TestSink(options).writableHighWaterMark).to.equal(chunks)
    })

  it('counts values when a foreign stream writes values', () => {
    const sink = new TestSink<number>({stall: true})
    let written = 0
    while (sink.write(written)) written++
    // 1,000 gathered into the first bundle, and as many waiting
    expect(written).to.be.within(1000, 2000)
    sink.destroy()
  })

  it('a stalled sink behind three stages: the source has handed out at most 5,000 values', async () => {
    const source = numberSource(100_000)
    const sink = new TestSink<number>({stall: true})
    const stages = [doFn(x => [x]), doFn(x => [x]), doFn(x => [x])] as const
    const done = pipeline(source, ...stages, sink)
    await until(() => sink.values.length > 0)
    await settle(50)
    expect(source.pulled).to.be.at.most(5000)
    sink.go()
    await done
  })

  it('a stalled foreign stream behind three stages: the source has handed out at most 5,000 values', async () => {
    const source = numberSource(100_000)
    let go = () => {}
    const sink = new Writable({
      objectMode: true,
      write(_x, _encoding, done) {
        if (source.pulled < 100_000 && go) go = done
        else done()
      },
    })
    const stages = [doFn(x => [x]), doFn(x => [x]), doFn(x => [x])] as const
    const done = pipeline(source, ...stages, sink).catch(() => {})
    await settle(100)
    expect(source.pulled).to.be.within(1, 5000)
    source.destroy()
    await done
  })

  it('a flatMap of 1:100 in front of a stalled sink holds at most a few bundles more', async () => {
    let made = 0
    const many = doFn({
      *process(x) {
        for (let i = 0; i < 100; i++, made++) yield x
      },
    })
    const sink = new TestSink<number>({stall: true})
    const source = numberSource(10_000)
    const done = pipeline(
      source,
      many,
      doFn(x => [x]),
      sink,
    )
    await until(() => sink.values.length > 0)
    await settle(50)
    expect(made).to.be.at.most(6000)
    sink.go()
    await done
    expect(sink.values.length).to.equal(1_000_000)
  })
})
