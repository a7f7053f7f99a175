import {expect} from 'chai'
import {type CombineFn, groupBy} from '../../../lib/index.ts'
import {runStage} from '../../../lib/testing/index.ts'

interface Weighted {
  value: number
  weight: number
}

/** A combine function as users write them: a class, whose functions use `this`. */
class WeightedMean implements CombineFn<Weighted, Map<string, number>, number> {
  readonly #digits: number

  constructor(digits: number) {
    this.#digits = digits
  }
  createAccumulator() {
    return new Map([
      ['sum', 0],
      ['weight', 0],
    ])
  }
  addInput(to: Map<string, number>, {value, weight}: Weighted) {
    to.set('sum', to.get('sum')! + value * weight)
    return to.set('weight', to.get('weight')! + weight)
  }
  mergeAccumulators(all: Iterable<Map<string, number>>) {
    const merged = this.createAccumulator()
    for (const each of all) for (const [name, n] of each) merged.set(name, merged.get(name)! + n)
    return merged
  }
  extractOutput(of: Map<string, number>) {
    return Number((of.get('sum')! / of.get('weight')!).toFixed(this.#digits))
  }
}

describe('a combine function of a user', () => {
  it('may be an instance of a class', async () => {
    const rows = [
      {k: 'a', value: 1, weight: 1},
      {k: 'a', value: 4, weight: 2},
      {k: 'b', value: 2, weight: 5},
    ]
    const {output} = await runStage(groupBy('k', {mean: new WeightedMean(2)}), rows)
    expect(output).to.deep.equal([
      {k: 'a', mean: 3},
      {k: 'b', mean: 2},
    ])
  })
})
