import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {doFn, numberSource, numbers, settle, TestSink, TestSource, until, withIds} from './support.ts'

describe('hooks and bundles', () => {
  it('run once around each bundle', async () => {
    const log: string[] = []
    const stage = doFn({
      startBundle: () => void log.push('start'),
      process: (x: number) => {
        log.push(String(x))
      },
      finishBundle: () => void log.push('finish'),
    })
    await pipeline(new TestSource([withIds([0, 1]), withIds([2], 2)]), stage, new TestSink())
    expect(log).to.deep.equal(['start', '0', '1', 'finish', 'start', '2', 'finish'])
  })

  for (const hook of ['startBundle', 'finishBundle'])
    it(`with ${hook}, a bundle is drained before the next one starts`, async () => {
      const log: string[] = []
      const stage = doFn(
        {
          process: async (x: number) => {
            log.push(`begin ${x}`)
            await settle(2)
            log.push(`end ${x}`)
          },
          [hook]: () => void log.push(hook),
        },
        {concurrency: 8},
      )
      await pipeline(numberSource(4, 2), stage, new TestSink())
      const border = log.indexOf('begin 2')
      expect(log.slice(0, border)).to.include.members(['end 0', 'end 1'])
    })

  it('may be asynchronous', async () => {
    const log: string[] = []
    const stage = doFn({
      setup: () => settle(1).then(() => log.push('setup')),
      startBundle: () => settle(1).then(() => log.push('start')),
      process: x => [x],
      finishBundle: () => settle(1).then(() => log.push('finish') && [-1]),
    })
    const sink = new TestSink<number>()
    await pipeline(numberSource(2, 1), stage, sink)
    expect(log).to.deep.equal(['setup', 'start', 'finish', 'start', 'finish'])
    expect(sink.values).to.deep.equal([0, -1, 1, -1])
  })

  it('finishBundle may give any number of outputs, under backpressure', async () => {
    let made = 0
    const stage = doFn({
      process: () => {},
      *finishBundle() {
        for (; made < 50_000; made++) yield made
      },
    })
    const sink = new TestSink<number>({stall: true})
    const done = pipeline(new TestSource([[0]]), stage, sink)
    await until(() => sink.values.length > 0)
    await settle()
    expect(made).to.be.at.most(5000)
    sink.go()
    await done
    expect(sink.values).to.deep.equal(numbers(50_000))
  })

  it('finishBundle may emit to tags', async () => {
    const stage = doFn({process: () => {}, finishBundle: c => c.emit('count', 1)})
    const counts = new TestSink()
    stage.tagged('count').pipe(counts)
    await pipeline(numberSource(30, 10), stage, new TestSink())
    expect(counts.values).to.deep.equal([1, 1, 1])
  })
})
