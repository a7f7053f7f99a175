import {expect} from 'chai'
import {StageMetrics} from '../../../../lib/core/index.ts'

describe('StageMetrics', () => {
  for (const name of ['records', 'constructor', 'toString', '__proto__'])
    it(`counts under the name '${name}'`, () => {
      const metrics = new StageMetrics()
      metrics.counter(name).inc()
      metrics.counter(name).inc(2)
      metrics.gauge(name).set(7)
      metrics.distribution(name).update(5)
      metrics.distribution(name).update(3)
      expect(Object.entries(metrics.counters)).to.deep.equal([[name, 3]])
      expect(Object.entries(metrics.gauges)).to.deep.equal([[name, 7]])
      expect(Object.entries(metrics.distributions)).to.deep.equal([[name, {count: 2, sum: 8, min: 3, max: 5}]])
    })
})
