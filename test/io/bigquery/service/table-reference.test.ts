import {expect} from 'chai'
import {parseTableReference} from '../../../../lib/io/bigquery/index.ts'
import {formatTable} from '../../../../lib/io/bigquery/service/table-reference.ts'
import {thrown} from '../../../batching/manual-clock.ts'

const parse = (options: {table: unknown; dataset?: unknown; project?: unknown}) => parseTableReference('Write', options)

describe('BigQuery: table names', () => {
  const spellings: [object, string][] = [
    [{table: 't', dataset: 'd'}, 'd.t'],
    [{table: 't', dataset: 'd', project: 'p'}, 'p.d.t'],
    [{table: 'd.t'}, 'd.t'],
    [{table: 'd.t', project: 'p'}, 'p.d.t'],
    [{table: 'p.d.t'}, 'p.d.t'],
    [{table: 'p:d.t'}, 'p.d.t'],
    [{table: 'my-project-1.my_dataset.my-table'}, 'my-project-1.my_dataset.my-table'],
    [{table: 'example.com:proj.d.t'}, 'example.com:proj.d.t'],
    [{table: 'example.com:proj:d.t'}, 'example.com:proj.d.t'],
    [{table: 'd.t$20240131'}, 'd.t$20240131'],
    [{table: 't$2024013112', dataset: 'd'}, 'd.t$2024013112'],
    [{table: 'd.täbelle 2'}, 'd.täbelle 2'],
    [{table: 'p.d.t', dataset: 'd', project: 'p'}, 'p.d.t'],
  ]
  for (const [options, expected] of spellings) {
    it(`reads ${JSON.stringify(options)}`, () => {
      expect(formatTable(parse(options as {table: string}))).to.equal(expected)
    })
  }

  it('keeps table and decorator apart', () => {
    expect(parse({table: 'p.d.t$20240131'})).to.deep.equal({
      project: 'p',
      dataset: 'd',
      table: 't',
      decorator: '$20240131',
    })
  })

  it('shows both spellings when no dataset is named', () => {
    const error = thrown(() => parse({table: 'my-table'}))
    expect(error).to.include({code: 'ERR_SLUICE_OPTION', stage: 'Write'})
    expect(error.message).to.contain("`table: 'my_dataset.my-table'`").and.contain("`dataset: 'my_dataset'`")
  })

  const wrong: [object, string][] = [
    [{table: ''}, '`table`'],
    [{table: 7}, '`table`'],
    [{table: 'd.t', dataset: 'other'}, '`dataset`'],
    [{table: 'p.d.t', project: 'other'}, '`project`'],
    [{table: '`p.d.t`'}, 'backticks'],
    [{table: 'd.t$today'}, 'decorator'],
    [{table: 'd.t@1234'}, '`table`'],
    [{table: 'my-data.t'}, '`dataset`'],
    [{table: 'a.b.c.d'}, '`project`'],
    [{table: 't', dataset: ''}, '`dataset`'],
  ]
  for (const [options, word] of wrong) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      const error = thrown(() => parse(options as {table: string}))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
      expect(error.message).to.contain(word)
    })
  }
})
