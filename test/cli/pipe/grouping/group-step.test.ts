import {expect} from 'chai'
import {groupSteps} from '../../../../lib/cli/pipe/grouping/group-step.ts'
import type {PipeSettings} from '../../../../lib/cli/pipe/pipe-settings.ts'

describe('--group-by and --agg', () => {
  const settings = {from: 'csv', casts: {fields: {}, auto: false, strings: new Set()}} as unknown as PipeSettings

  const refusals: [keys: string, agg: string, message: string][] = [
    ['a', 'a', "'a' is not an aggregation"],
    ['a', 'sum()', "'sum()' is not an aggregation"],
    ['a', 'sum(b,c)', "'sum(b,c)' is not an aggregation"],
    ['a', 'sum(b', "'sum(b' is not an aggregation"],
    ['a', 'n=', "'n=' is not an aggregation"],
    ['a', 'count(),', "'' is not an aggregation"],
    ['a', 'constructor(b)', "'constructor(b)' is not an aggregation"],
    ['a', 'top(x,b)', "top(x,b) begins with 'x'; give a whole number from 1"],
    ['a', 'quantiles(1,b)', "quantiles(1,b) begins with '1'; give a whole number from 2"],
    ['a', 'count(),count()', "has two results called 'count'"],
    ['a', 'a=count()', "has a result called 'a', which is a field of --group-by"],
    ['a,a', 'count()', "--group-by has the field 'a' twice"],
    ['a,', 'count()', "--group-by is 'a,'"],
  ]
  for (const [keys, value, message] of refusals)
    it(`refuses --group-by ${keys} --agg ${value}`, () => {
      expect(() => groupSteps(keys, {kind: 'agg', value}, settings, {})).to.throw(message)
    })
})
