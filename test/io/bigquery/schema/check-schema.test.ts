import {expect} from 'chai'
import {parseSchema} from '../../../../lib/io/bigquery/index.ts'
import {schemaProblems} from '../../../../lib/io/bigquery/schema/check-schema.ts'
import type {SchemaInput} from '../../../../lib/io/bigquery/schema/schema-types.ts'

const problems = (job: SchemaInput, table: SchemaInput, ignoreUnknown = false) =>
  schemaProblems(parseSchema('job', job).fields, parseSchema('table', table).fields, ignoreUnknown)

describe("the job's schema against the table's", () => {
  it('fits when every column is there with its type, whatever the case and order', () => {
    expect(problems('ID:INT64,name:STRING', 'name:STRING,id:INTEGER,more:DATE')).to.deep.equal([])
  })
  it('does not fit for columns that are missing, but for those that are ignored', () => {
    expect(problems('id:INT64,x:DATE', 'id:INT64')).to.deep.equal(['the table has no column `x`'])
    expect(problems('id:INT64,x:DATE', 'id:INT64', true)).to.deep.equal([])
  })
  it('does not fit for another type or another mode, in records too', () => {
    const record = (type: string, mode: string) => [{name: 'r', type: 'RECORD', fields: [{name: 'a', type, mode}]}]
    expect(problems(record('STRING', 'NULLABLE'), record('INT64', 'NULLABLE'))).to.deep.equal([
      '`r.a` is INTEGER in the table and STRING in the job',
    ])
    expect(problems(record('STRING', 'NULLABLE'), record('STRING', 'REPEATED'))).to.deep.equal([
      '`r.a` is REPEATED in the table and NULLABLE in the job',
    ])
  })
  it('does not fit without a column that the table requires', () => {
    const table = [
      {name: 'id', type: 'STRING', mode: 'REQUIRED'},
      {name: 'at', type: 'TIMESTAMP', mode: 'REQUIRED', defaultValueExpression: 'CURRENT_TIMESTAMP()'},
    ]
    expect(problems('x:DATE', [...table, {name: 'x', type: 'DATE'}])).to.deep.equal([
      'the table requires `id`, which the job does not have',
    ])
  })
})
