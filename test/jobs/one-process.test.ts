import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {create, discard, map, Pipeline, type ProcessContext} from 'sluice'
import {collect} from 'sluice/testing'
import {startChild} from './support.ts'

describe('the library in a process that is not its own', () => {
  it('installs no handler and no global, imported or at work', async () => {
    const {ended} = startChild('side-effects.ts')
    const {out, errors} = await ended
    expect(errors).to.equal('')
    const {before, imported, ran} = JSON.parse(out)
    expect(imported).to.deep.equal(before)
    expect(ran).to.deep.equal(before)
  }).timeout(60_000)

  it('keeps the counts of two pipelines apart that have the same names and run at once', async () => {
    const build = (size: number) => {
      const p = new Pipeline({name: 'same'})
      p.apply('Numbers', create(Array.from({length: size}, (_, i) => i)))
        .apply(
          'Count',
          map(async (n: number, c: ProcessContext) => {
            c.counter('seen').inc()
            return n
          }),
        )
        .apply('Drop', discard())
      return p.run()
    }
    const [small, large] = await Promise.all([build(10), build(2000)])
    for (const [{steps}, size] of [
      [small!, 10],
      [large!, 2000],
    ] as const) {
      expect(steps.map(step => [step.name, step.in, step.out])).to.deep.equal([
        ['Numbers', 0, size],
        ['Count', size, size],
        ['Drop', size, 0],
      ])
      expect(steps[1]!.counters).to.deep.equal({seen: size})
    }
  })

  it('lets one pipeline fail, and another that runs at once continue', async () => {
    const boom = map(() => {
      throw new Error('boom')
    })
    const failing = pipeline(create([1, 2, 3]), boom, discard())
    const fine = collect(create([1, 2, 3]).pipe(map(async (n: number) => n * 2)))
    const [failed, values] = await Promise.allSettled([failing, fine])
    expect(failed.status).to.equal('rejected')
    expect(values).to.deep.equal({status: 'fulfilled', value: [2, 4, 6]})
  })
})
