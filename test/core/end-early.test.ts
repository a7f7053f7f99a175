import {finished, pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, Source} from '../../lib/core/index.ts'
import {create, map} from '../../lib/transforms/index.ts'
import {settle, TestSink, TestSource, until} from './support.ts'

describe('endEarly() of a source', () => {
  it('ends a pipeline quietly, with what had been handed on', async () => {
    const source = new TestSource(
      (async function* () {
        yield [1, 2]
        await new Promise(() => {})
      })(),
    )
    const sink = new TestSink<number>()
    const run = pipeline(
      source,
      map((n: number) => n * 2),
      sink,
    )
    await until(() => sink.values.length === 2)
    source.endEarly()
    await run
    expect(sink.values).to.deep.equal([2, 4])
  })
  it('stops an input without an end', async () => {
    const source = create(
      (function* () {
        for (;;) yield 1
      })(),
    )
    source.once('data', () => source.endEarly())
    await finished(source)
  })
  it('aborts the signal of bundles(), and takes no notice of what that throws', async () => {
    class Waits extends Source<number> {
      override async *bundles(signal: AbortSignal) {
        yield [1]
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      }
    }
    const source = new Waits()
    const values: unknown[] = []
    source.on('data', value => values.push(value))
    await until(() => values.length === 1)
    source.endEarly()
    await finished(source)
  })
  it('lets bundles() run its finally', async () => {
    let left = false
    const source = new TestSource(
      (async function* () {
        try {
          for (;;) yield [1]
        } finally {
          left = true
        }
      })(),
    )
    source.once('data', () => source.endEarly())
    await finished(source)
    await settle()
    expect(left).to.equal(true)
  })
  it('ends tagged outputs too, and drops what would still be set aside', async () => {
    class Sets extends Source<number, {odd: number}> {
      go!: () => void
      override async *bundles() {
        yield [2]
        await new Promise<void>(resolve => (this.go = resolve))
        await this.emitTagged('odd', new Bundle<unknown>([1]))
      }
    }
    const source = new Sets()
    const odd = source.tagged('odd')
    const values: unknown[] = []
    odd.on('data', value => values.push(value))
    source.resume()
    await until(() => source.go !== undefined)
    source.endEarly()
    source.go()
    await Promise.all([finished(source), finished(odd)])
    expect(values).to.deep.equal([])
  })
  it('does nothing to a source that has ended', async () => {
    const source = create([1])
    await source.toArray()
    source.endEarly()
    await settle()
    expect(source.errored).to.equal(null)
  })
})
