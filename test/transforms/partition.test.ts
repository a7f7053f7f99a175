import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {runStage, testSink, testSource} from '../../lib/testing/index.ts'
import {create, discard, partition} from '../../lib/transforms/index.ts'
import {numbers, rejection, thrown} from './support.ts'

const parity = (x: number) => x % 2

describe('partition', () => {
  it('sends each element to the output whose number the function returns', async () => {
    const {output, tags} = await runStage(partition(2, parity), numbers(5), {tags: ['0', '1']})
    expect({output, tags}).to.deep.equal({output: [], tags: {0: [0, 2, 4], 1: [1, 3]}})
  })
  it('awaits a promised number', async () => {
    const {tags} = await runStage(
      partition(2, async (x: number) => x % 2),
      numbers(4),
      {tags: ['1']},
    )
    expect(tags['1']).to.deep.equal([1, 3])
  })
  it('may end a stream.pipeline, and ends itself', async () => {
    const stage = partition(2, parity)
    const sinks = [testSink(), testSink()]
    stage.tagged('0').pipe(sinks[0]!)
    stage.tagged('1').pipe(sinks[1]!)
    await pipeline(create(numbers(5)), stage)
    expect(sinks.map(sink => sink.values)).to.deep.equal([
      [0, 2, 4],
      [1, 3],
    ])
    expect(stage.readableEnded).to.equal(true)
  })
  it('drops and counts the elements of an output that nobody claimed', async () => {
    const {metrics} = await runStage(partition(2, parity), numbers(5), {tags: ['1']})
    expect(metrics.dropped).to.deep.equal({0: 3})
  })
  it('passes leases on', async () => {
    const source = testSource([[1, 2]], {leases: true})
    const stage = partition(2, parity)
    const odd = testSink({acknowledge: 'commit'})
    stage.tagged('1').pipe(odd)
    await pipeline(source, stage, discard())
    expect(source.acked.sort()).to.deep.equal([1, 2])
  })
  it('fails for a number out of range, with the element', async () => {
    for (const index of [2, -1, 0.5, Number.NaN, undefined]) {
      const error = await rejection(
        runStage(
          partition(2, () => index as number),
          ['x'],
        ),
      )
      expect(error).to.include({code: 'ERR_SLUICE_PROCESS', stage: 'partition', element: 'x'})
      expect(error.message).to.match(/^partition: fn returned .* for 'x'; return an integer from 0 to 1$/)
    }
  })
  it('sets such elements aside with onError: deadLetter', async () => {
    const stage = partition(2, (x: number) => x, {onError: deadLetter('bad')})
    const {tags} = await runStage(stage, [1, 7], {tags: ['1', 'bad']})
    expect(tags['1']).to.deep.equal([1])
    expect(tags.bad.map(letter => letter.element)).to.deep.equal([7])
  })
  it('refuses an output that is not there', () => {
    const stage = partition(2, (x: number) => x)
    for (const tag of ['2', '-1', '01', 'x'])
      expect(thrown(() => stage.tagged(tag as '0')).message).to.equal(
        `partition has the outputs '0' to '1', not '${tag}'`,
      )
  })
  it('refuses a count that is not one', () => {
    for (const n of [0, 1.5, '2', undefined])
      expect(thrown(() => partition(n as 1, parity)).code).to.equal('ERR_SLUICE_OPTION')
  })
})
