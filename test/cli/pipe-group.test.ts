import {expect} from 'chai'
import {sluice} from './command.ts'

const ORDERS = 'user,day,amount\nada,mo,5\nbob,mo,2\nada,tu,\nada,tu,10\nbob,mo,n/a\n'

async function grouped(args: readonly string[], input = ORDERS, from = 'csv'): Promise<string[]> {
  const {code, out, err} = await sluice(['pipe', '--from', from, '--to', 'jsonl', ...args], input)
  expect({code, err}).to.deep.equal({code: 0, err: ''})
  return out.trim().split('\n')
}

describe('sluice pipe --group-by', function () {
  // starts processes, on a machine that may be busy
  this.timeout(120_000)

  it('counts the records of each combination of fields', async () => {
    expect(await grouped(['--group-by', 'user,day'])).to.have.members([
      '{"user":"ada","day":"mo","count":1}',
      '{"user":"bob","day":"mo","count":2}',
      '{"user":"ada","day":"tu","count":2}',
    ])
  })

  it('computes several aggregations; text of CSV that is a number is one, and a blank is no value', async () => {
    const agg = 'n=count(amount),total=sum(amount),top(1,amount),days=set(day)'
    expect(await grouped(['--filter', "r => r.amount !== 'n/a'", '--group-by', 'user', '--agg', agg])).to.have.members([
      '{"user":"ada","n":2,"total":15,"top_1_amount":[10],"days":["mo","tu"]}',
      '{"user":"bob","n":1,"total":2,"top_1_amount":[2],"days":["mo"]}',
    ])
  })

  it('calls results by function and field where no name is given', async () => {
    const lines = await grouped(
      ['--group-by', 'k', '--agg', 'sum(v),mean(v),min(v),max(v)'],
      '{"k":1,"v":2}\n{"k":1,"v":4}\n',
      'jsonl',
    )
    expect(lines).to.deep.equal(['{"k":1,"sum_v":6,"mean_v":3,"min_v":2,"max_v":4}'])
  })

  it('takes a missing field for null', async () => {
    const lines = await grouped(['--group-by', 'k'], '{"k":null}\n{}\n{"k":"null"}\n', 'jsonl')
    expect(lines).to.have.members(['{"k":null,"count":2}', '{"k":"null","count":1}'])
  })

  it('sets aside what cannot be added up, with its reason', async () => {
    const args = ['pipe', '--from', 'csv', '--group-by', 'user', '--agg', 'sum(amount)', '--max-rejects', '1']
    const {code, out, err} = await sluice(args, ORDERS)
    expect(code).to.equal(0)
    expect(out.trim().split('\n')).to.have.members(['{"user":"ada","sum_amount":15}', '{"user":"bob","sum_amount":2}'])
    expect(err).to.include('1 record could not be processed').and.include('n/a')
  })

  it('writes the columns of the result, also without a record', async () => {
    const {out} = await sluice(
      ['pipe', '--from', 'csv', '--to', 'csv', '--group-by', 'user', '--agg', 'n=count()'],
      'user,day\n',
    )
    expect(out).to.equal('user,n\n')
  })

  it('computes one record of all without --group-by, also of none', async () => {
    const agg = 'n=count(),users=set(user)'
    expect(await grouped(['--agg', agg])).to.deep.equal(['{"n":5,"users":["ada","bob"]}'])
    expect(await grouped(['--agg', agg], 'user\n')).to.deep.equal(['{"n":0,"users":[]}'])
    expect(await grouped(['--group-by', 'user', '--agg', 'n=count()', '--agg', 'most=max(n)'])).to.deep.equal([
      '{"most":3}',
    ])
  })

  it('goes on to other steps', async () => {
    const lines = await grouped(['--group-by', 'user', '--agg', 'n=count()', '--sort', '-n', '--limit', '1'])
    expect(lines).to.deep.equal(['{"user":"ada","n":3}'])
  })

  it('reports a field that no record has', async () => {
    const {code, err} = await sluice(['pipe', '--from', 'csv', '--group-by', 'usr'], ORDERS)
    expect(code).to.equal(0)
    expect(err).to.include("--group-by: no record has the field 'usr'; the first has user, day, amount")
  })

  it('refuses what is not an aggregation', async () => {
    const {code, err} = await sluice(['pipe', '--group-by', 'a', '--agg', 'total=summe(b)'], '')
    expect(code).to.equal(2)
    expect(err).to.include("'total=summe(b)' is not an aggregation; give name=function(field)")
  })
})
