import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter, type ProcessContext} from '../../lib/core/index.ts'
import {collect, runStage, testSink, testSource} from '../../lib/testing/index.ts'
import {create, discard, filter, flatMap, map, parDo, tap} from '../../lib/transforms/index.ts'
import {numbers, rejection, thrown} from './support.ts'

/** Runs a stage over 1, 2, 3 with ids s:0… */
async function idsAfter(stage: NodeJS.ReadWriteStream): Promise<(string | undefined)[]> {
  const sink = testSink()
  await pipeline(testSource([[1, 2, 3]], {ids: 's'}), stage as never, sink)
  return sink.ids
}

describe('map', () => {
  it('returns what the function returns', async () => {
    expect(
      (
        await runStage(
          map((x: number) => x * 2),
          [1, 2],
        )
      ).output,
    ).to.deep.equal([2, 4])
  })
  it('awaits promises, in order', async () => {
    const stage = map(async (x: number) => x * 2, {concurrency: 3})
    expect((await runStage(stage, [1, 2, 3])).output).to.deep.equal([2, 4, 6])
  })
  it('gives arrays as they are', async () => {
    expect(
      (
        await runStage(
          map((x: number) => [x, x]),
          [1],
        )
      ).output,
    ).to.deep.equal([[1, 1]])
  })
  it('passes ids on', async () => {
    expect(await idsAfter(map((x: number) => x * 2))).to.deep.equal(['s:0', 's:1', 's:2'])
  })
  it('passes timestamps and leases on', async () => {
    const source = testSource([[1, 2, 3]], {leases: true, timestamps: x => x * 10})
    const sink = testSink()
    await pipeline(
      source,
      map((x: number) => -x),
      sink,
    )
    expect(sink.timestamps).to.deep.equal([10, 20, 30])
    expect(source.acked).to.deep.equal([1, 2, 3])
  })
  it('gives the function the context of process()', async () => {
    const stage = map((x: number, c) => {
      c.counter('seen').inc()
      return [x, c.timestamp]
    })
    const sink = testSink()
    await pipeline(testSource([[1]], {timestamps: () => 5}), stage, sink)
    expect(sink.values).to.deep.equal([[1, 5]])
    expect(stage.info.metrics.counters).to.deep.equal({seen: 1})
  })
  it('fails with the element, the stage and the original error', async () => {
    const boom = new Error('boom')
    const stage = map(function risky(x: number) {
      if (x === 2) throw boom
      return x
    })
    const error = await rejection(runStage(stage, [1, 2]))
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', cause: boom, stage: 'risky', element: 2})
  })
  it('sets aside what fails with onError: deadLetter', async () => {
    const stage = map((x: string) => JSON.parse(x) as number, {onError: deadLetter('bad')})
    const {output, tags} = await runStage(stage, ['1', '{', '3'], {tags: ['bad']})
    expect(output).to.deep.equal([1, 3])
    expect(tags.bad.map(letter => letter.element)).to.deep.equal(['{'])
  })
  it('has the name that the option gives, else that of the function, else its own', () => {
    function double(x: number) {
      return x * 2
    }
    expect(map(double, {name: 'Twice'}).info).to.include({name: 'Twice', named: true})
    expect(map(double).info).to.include({name: 'double', named: false})
    expect(map((x: number) => x).info).to.include({name: 'map', named: false})
  })
  it('names itself in errors of its options', () => {
    expect(thrown(() => map((x: number) => x, {concurency: 2} as never)).message).to.match(
      /^map: unknown option `concurency`; did you mean `concurrency`\?/,
    )
  })
  it('refuses anything that is not a function', () => {
    expect(thrown(() => map(5 as never)).message).to.equal(
      'map: option `fn` is 5; give a function (element, context) => …',
    )
  })
})

describe('filter', () => {
  it('keeps what the function is truthy for, also by a promise', async () => {
    expect(
      (
        await runStage(
          filter((x: number) => x % 2),
          [1, 2, 3],
        )
      ).output,
    ).to.deep.equal([1, 3])
    expect(
      (
        await runStage(
          filter(async (x: number) => x % 2),
          [1, 2, 3],
        )
      ).output,
    ).to.deep.equal([1, 3])
  })
  it('passes ids on', async () => {
    expect(await idsAfter(filter((x: number) => x !== 2))).to.deep.equal(['s:0', 's:2'])
  })
  it('counts a message that is left out as handled', async () => {
    const source = testSource([[1, 2, 3]], {leases: true})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(
      source,
      filter((x: number) => x === 2),
      sink,
    )
    await sink.received(1)
    expect(source.acked).to.deep.equal([1, 3])
    sink.bundles[0]!.leases![0]!.release()
    await done
  })
})

describe('tap', () => {
  it('passes the element on, whatever the function returns', async () => {
    const seen: number[] = []
    expect(
      (
        await runStage(
          tap((x: number) => seen.push(x)),
          [5, 6],
        )
      ).output,
    ).to.deep.equal([5, 6])
    expect(seen).to.deep.equal([5, 6])
  })
  it('awaits the function before the element continues', async () => {
    const order: string[] = []
    const stage = tap(async (x: number) => {
      await null
      order.push(`tap ${x}`)
    })
    await pipeline(
      create([1]),
      stage,
      map((x: number) => order.push(`map ${x}`)),
      discard(),
    )
    expect(order).to.deep.equal(['tap 1', 'map 1'])
  })
  it('passes ids on', async () => {
    expect(await idsAfter(tap(() => {}))).to.deep.equal(['s:0', 's:1', 's:2'])
  })
})

for (const [verb, make] of [
  ['flatMap', flatMap],
  ['parDo', parDo],
] as const)
  describe(verb, () => {
    it('gives the members of what the function returns', async () => {
      const results: Record<number, () => unknown> = {
        0: () => [1, 2],
        1: () => new Set([3]),
        2: () => undefined,
        3: () => Promise.resolve([4]),
        4: async function* () {
          yield 5
        },
      }
      const stage = make((x: number) => results[x]!() as number[])
      expect((await runStage(stage, numbers(5))).output).to.deep.equal([1, 2, 3, 4, 5])
    })
    it('takes a generator function', async () => {
      const stage = make(function* (x: number) {
        yield x
        yield -x
      })
      expect((await runStage(stage, [1, 2])).output).to.deep.equal([1, -1, 2, -2])
    })
    it("gives output k its element's id with .k", async () => {
      expect(await idsAfter(make((x: number) => (x === 2 ? [] : [x, x])))).to.deep.equal([
        's:0.0',
        's:0.1',
        's:2.0',
        's:2.1',
      ])
    })
    it('acknowledges a message when all its outputs are committed', async () => {
      const source = testSource([[1]], {leases: true})
      const sink = testSink({acknowledge: 'never'})
      const done = pipeline(
        source,
        make((x: number) => [x, x]),
        sink,
      )
      await sink.received(2)
      const [first, second] = sink.bundles[0]!.leases!
      first!.release()
      expect(source.acked).to.deep.equal([])
      second!.release()
      await done
      expect(source.acked).to.deep.equal([1])
    })
    it('refuses a string', async () => {
      const error = await rejection(collect(create(['a']).pipe(make((x: string) => x as never))))
      expect(error.code).to.equal('ERR_SLUICE_OUTPUT_TYPE')
      expect(error.message).to.match(/return \[row\]/)
    })
    it('emits to tags', async () => {
      const stage = make((x: number, c: ProcessContext<{odd: number}>) => (x % 2 ? c.emit('odd', x) : [x]))
      const {output, tags} = await runStage(stage, numbers(5), {tags: ['odd']})
      expect([output, tags.odd]).to.deep.equal([
        [0, 2, 4],
        [1, 3],
      ])
    })
    it('emits to tags from a promise, at once or later', async () => {
      const stage = make(async (x: number, c: ProcessContext<{log: string}>) => {
        c.emit('log', `begin ${x}`)
        await null
        c.emit('log', `end ${x}`)
        return [x]
      })
      const {output, tags} = await runStage(stage, [1, 2], {tags: ['log']})
      expect([output, tags.log]).to.deep.equal([
        [1, 2],
        ['begin 1', 'end 1', 'begin 2', 'end 2'],
      ])
    })
    it('names itself', () => expect(make((x: number) => [x]).info.name).to.equal(verb))
  })
