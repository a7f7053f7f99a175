import {expect} from 'chai'
import {rewriteSql} from '../../../lib/emulators/bigquery/sql-rewrite.ts'

/** Rewrites with a look-up that writes down what it was asked for; tables are named as `<p.d.t>`. */
function rewrite(sql: string): string {
  const table = (parts: readonly string[], access: string) => ({
    sql: `<${parts.join('.')}${access === 'write' ? '!' : ''}>`,
    alias: /[A-Z]/.test(parts.at(-1) ?? '') ? parts.at(-1) : undefined,
  })
  return rewriteSql(sql, table, key => `$${key}`)
}

const CASES: [what: string, sql: string, rewritten: string][] = [
  ['a path in one pair of backticks', 'SELECT * FROM `p-x.d.t`', 'SELECT * FROM <p-x.d.t>'],
  ['backticks around each part', 'SELECT * FROM `p-x`.`d`.`t`', 'SELECT * FROM <p-x.d.t>'],
  ['backticks around the project', 'SELECT * FROM `p-x`.d.t', 'SELECT * FROM <p-x.d.t>'],
  ['backticks around two parts', 'SELECT * FROM `p-x.d`.t', 'SELECT * FROM <p-x.d.t>'],
  [
    'a dashed project without backticks',
    'SELECT * FROM my-project-123.d.t WHERE a-b = 1',
    'SELECT * FROM <my-project-123.d.t> WHERE a-b = 1',
  ],
  ['dataset and table', 'SELECT * FROM d.t', 'SELECT * FROM <d.t>'],
  ['spaces around the dots', 'SELECT * FROM d . t', 'SELECT * FROM <d.t>'],
  ['double quotes', 'SELECT * FROM "d"."t"', 'SELECT * FROM <d.t>'],
  [
    'joins and commas',
    'SELECT 1 FROM d.a, d.b AS x JOIN d.c USING (id), d.e',
    'SELECT 1 FROM <d.a>, <d.b> AS x JOIN <d.c> USING (id), <d.e>',
  ],
  [
    'joins in parentheses',
    'SELECT 1 FROM (d.a JOIN d.b ON d.a.x = 1)',
    'SELECT 1 FROM (<d.a> JOIN <d.b> ON d.a.x = 1)',
  ],
  [
    'subqueries',
    'SELECT (SELECT max(x) FROM d.a) FROM (SELECT a, b FROM d.b) s, d.c',
    'SELECT (SELECT max(x) FROM <d.a>) FROM (SELECT a, b FROM <d.b>) s, <d.c>',
  ],
  [
    'IN with a subquery',
    'SELECT 1 FROM d.a WHERE x IN (SELECT y FROM d.b)',
    'SELECT 1 FROM <d.a> WHERE x IN (SELECT y FROM <d.b>)',
  ],
  ['UNION', 'SELECT 1 FROM d.a UNION ALL SELECT 2 FROM d.b', 'SELECT 1 FROM <d.a> UNION ALL SELECT 2 FROM <d.b>'],
  [
    'a table whose name has capitals, with its alias',
    'SELECT T.x FROM d.T WHERE T.x > 1',
    'SELECT T.x FROM <d.T> AS "T" WHERE T.x > 1',
  ],
  [
    'a table whose name has capitals, with an alias of its own',
    'SELECT a.x FROM d.T a JOIN d.T AS b',
    'SELECT a.x FROM <d.T> a JOIN <d.T> AS b',
  ],
  [
    'common table expressions',
    'WITH a AS (SELECT 1 FROM d.t), b(x) AS (SELECT 2) SELECT * FROM a, B, d.a',
    'WITH a AS (SELECT 1 FROM <d.t>), b(x) AS (SELECT 2) SELECT * FROM "a", "B", <d.a>',
  ],
  ['table functions', 'SELECT * FROM unnest([1, 2]), range(3)', 'SELECT * FROM unnest([1, 2]), range(3)'],
  [
    'FROM inside of functions',
    'SELECT extract(day FROM d.t), trim(both FROM x) FROM d.t',
    'SELECT extract(day FROM d.t), trim(both FROM x) FROM <d.t>',
  ],
  [
    'IS DISTINCT FROM',
    'SELECT a IS DISTINCT FROM d.t, b IS NOT DISTINCT FROM c.x FROM d.t',
    'SELECT a IS DISTINCT FROM d.t, b IS NOT DISTINCT FROM c.x FROM <d.t>',
  ],
  ['INSERT', 'INSERT INTO d.T (a, b) SELECT 1, 2 FROM d.u', 'INSERT INTO <d.T!> (a, b) SELECT 1, 2 FROM <d.u>'],
  ['UPDATE', 'UPDATE d.t SET a = u.a FROM d.u u WHERE true', 'UPDATE <d.t!> SET a = u.a FROM <d.u> u WHERE true'],
  ['DELETE', 'DELETE FROM d.T WHERE T.a = 1', 'DELETE FROM <d.T!> AS "T" WHERE T.a = 1'],
  ['TRUNCATE', 'TRUNCATE TABLE d.t', 'TRUNCATE TABLE <d.t!>'],
  [
    'MERGE',
    'MERGE INTO d.t USING d.s AS s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = 1',
    'MERGE INTO <d.t!> USING <d.s> AS s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = 1',
  ],
  [
    'strings and comments',
    "SELECT 'FROM d.t ` @x', E'\\' FROM d.t', $$ FROM d.t $$ -- FROM d.t\n/* FROM /* d.t */ @x */ FROM d.t",
    "SELECT 'FROM d.t ` @x', E'\\' FROM d.t', $$ FROM d.t $$ -- FROM d.t\n/* FROM /* d.t */ @x */ FROM <d.t>",
  ],
  ['a comment right after a table', 'SELECT 1 FROM d.t--x', 'SELECT 1 FROM <d.t>--x'],
  ['backticked columns', 'SELECT `a b`, t.`c"d` FROM d.t', 'SELECT "a b", t."c""d" FROM <d.t>'],
  ['named parameters', 'SELECT @Name, @n+1', 'SELECT $Name, $n+1'],
  ['positional parameters', "SELECT ?, '?', ?", "SELECT $1, '?', $2"],
  [
    "BigQuery's types in casts",
    'SELECT CAST(a AS FLOAT64), x::NUMERIC, CAST(b AS NUMERIC(5,2)), 1 AS numeric',
    'SELECT CAST(a AS DOUBLE), x::DECIMAL(38,9), CAST(b AS NUMERIC(5,2)), 1 AS numeric',
  ],
  ['FROM first', 'FROM d.t SELECT a, b', 'FROM <d.t> SELECT a, b'],
]

describe('local BigQuery: rewriting SQL', () => {
  for (const [what, sql, rewritten] of CASES)
    it(`handles ${what}`, () => {
      expect(rewrite(sql)).to.equal(rewritten)
    })

  for (const [sql, message] of [
    ["SELECT 'a", 'Syntax error: Unclosed string literal at [1:8]'],
    ['SELECT\n `a', 'Syntax error: Unclosed identifier literal at [2:2]'],
    ['SELECT /* a', 'Syntax error: Unclosed comment at [1:8]'],
    ['SELECT @@version', 'local emulator: a system variable (@@…) is not supported'],
  ] as const)
    it(`refuses ${JSON.stringify(sql)}`, () => {
      expect(() => rewrite(sql)).to.throw(message)
    })
})
