import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {parseSchema, type SchemaInput} from '../../../../lib/io/bigquery/index.ts'
import {thrown} from '../../../batching/manual-clock.ts'

const parse = (schema: unknown) => parseSchema('Write', schema as SchemaInput).fields
const field = (name: string, type: string, more: object = {}) => ({name, type, mode: 'NULLABLE', ...more})

describe('BigQuery: schemas', () => {
  it('reads name:TYPE pairs', () => {
    expect(parse('id:STRING, total : FLOAT')).to.deep.equal([field('id', 'STRING'), field('total', 'FLOAT')])
  })

  it('reads the parameters of a type, commas and spaces included', () => {
    expect(parse('a:NUMERIC(10, 2),b:STRING(20),c:BIGNUMERIC(40),d:RANGE<DATE>')).to.deep.equal([
      field('a', 'NUMERIC', {precision: '10', scale: '2'}),
      field('b', 'STRING', {maxLength: '20'}),
      field('c', 'BIGNUMERIC', {precision: '40'}),
      field('d', 'RANGE', {rangeElementType: {type: 'DATE'}}),
    ])
  })

  it('reads ARRAY<…> as REPEATED', () => {
    expect(parse('tags:ARRAY<STRING>')).to.deep.equal([{...field('tags', 'STRING'), mode: 'REPEATED'}])
  })

  for (const [given, type] of Object.entries({
    int64: 'INTEGER',
    bigint: 'INTEGER',
    FLOAT64: 'FLOAT',
    Bool: 'BOOLEAN',
    decimal: 'NUMERIC',
    BIGDECIMAL: 'BIGNUMERIC',
    timestamp: 'TIMESTAMP',
  })) {
    it(`knows ${given} as ${type}`, () => {
      expect(parse(`x:${given}`)).to.deep.equal([field('x', type)])
    })
  }

  const nested = {
    fields: [
      {name: 'id', type: 'INT64', mode: 'required', description: 'the id'},
      {name: 'lines', type: 'STRUCT', mode: 'REPEATED', fields: [{name: 'sku', type: 'STRING'}]},
    ],
  }
  const nestedFields = [
    {name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'the id'},
    {name: 'lines', type: 'RECORD', mode: 'REPEATED', fields: [field('sku', 'STRING')]},
  ]

  it('reads an object with fields, and keeps attributes that it does not know', () => {
    expect(parse(nested)).to.deep.equal(nestedFields)
  })

  it('reads an array of fields', () => {
    expect(parse(nested.fields)).to.deep.equal(nestedFields)
  })

  it('reads JSON text', () => {
    expect(parse(JSON.stringify(nested))).to.deep.equal(nestedFields)
  })

  describe('from a file', () => {
    let dir: string
    before(() => {
      dir = mkdtempSync(join(tmpdir(), 'sluice-schema-'))
    })
    after(() => rmSync(dir, {recursive: true}))

    it('reads an array, an object, or what bq show prints', () => {
      for (const content of [nested.fields, nested, {kind: 'bigquery#table', schema: nested}]) {
        const file = join(dir, 'schema.json')
        writeFileSync(file, `\uFEFF${JSON.stringify(content)}`)
        expect(parse(file)).to.deep.equal(nestedFields)
      }
    })

    it('names a file that is missing or is not JSON', () => {
      expect(thrown(() => parse(join(dir, 'none.json'))).message).to.contain('none.json')
      const broken = join(dir, 'broken.json')
      writeFileSync(broken, '{')
      expect(thrown(() => parse(broken)).message)
        .to.contain('broken.json')
        .and.contain('not JSON')
    })
  })

  const wrong: [unknown, string][] = [
    ['', 'empty'],
    ['id', "no type; write 'name:TYPE'"],
    ['id:TEXT', 'field `id` has the type'],
    ['a:STRING,A:STRING', 'field `A` twice'],
    ['a:STRING,', 'no type'],
    [[], 'no fields'],
    [{}, "'name:TYPE,name:TYPE'"],
    [[{name: 'a', type: 'STRING', mode: 'MAYBE'}], 'field `a` has the mode'],
    [[{name: 'a', type: 'RECORD'}], 'field `a` is a RECORD; give its `fields`'],
    [[{name: 'a', type: 'STRING', fields: [{name: 'b', type: 'STRING'}]}], 'field `a` is STRING but has `fields`'],
    [[{name: 'a', type: 'RECORD', fields: [{name: 'b', type: '?'}]}], 'field `a.b` has the type'],
    [[{name: 'a.b', type: 'STRING'}], 'forbids'],
    [[{name: '', type: 'STRING'}], 'the name'],
    [['a'], 'give {name, type, mode}'],
  ]
  for (const [schema, words] of wrong) {
    it(`refuses ${JSON.stringify(schema)}`, () => {
      const error = thrown(() => parse(schema))
      expect(error).to.include({code: 'ERR_SLUICE_SCHEMA', stage: 'Write'})
      expect(error.message).to.contain(words)
    })
  }
})
