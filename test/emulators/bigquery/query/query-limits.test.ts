import {expect} from 'chai'
import {watchLimits} from '../../../../lib/emulators/bigquery/query/query-limits.ts'
import {startLocalCloud} from '../../../../lib/emulators/index.ts'
import type {ApiError} from '../../../../lib/emulators/service/api-error.ts'
import {clientOf, failure, useBigQuery} from '../fixture.ts'

const ENDLESS = 'SELECT COUNT(*) FROM range(10000000) a(x) CROSS JOIN range(10000000) b(y) WHERE MOD(x * y, 7) = 8'

describe('local BigQuery: what one query may take', () => {
  const local = useBigQuery()

  for (const [what, query, message] of [
    [
      'memory',
      "SELECT STRING_AGG(s) FROM (SELECT REPEAT('x', 1000000) AS s FROM range(5000) r(i))",
      /^Resources exceeded/,
    ],
    ['a result', 'SELECT x FROM range(100000000) r(x)', /^Response too large to return: .* at most 5000000 rows/],
    ['a text', "SELECT REPEAT('x', 100000000)", /^Output of REPEAT exceeds the limit/],
    [
      'texts joined',
      "SELECT s || s || s || s || s || s FROM (SELECT REPEAT('x', 10000000) || REPEAT('x', 10000000) AS s)",
      /exceeds the limit of 100 MiB/,
    ],
    [
      'a replaced text',
      "SELECT REPLACE(REPEAT('a', 1000000), 'a', REPEAT('b', 1000000))",
      /^Output of REPLACE exceeds the limit/,
    ],
    ['an array', 'SELECT GENERATE_ARRAY(1, 100000000)', /too many elements/],
    ['depth', `SELECT ${'('.repeat(1000)}1${')'.repeat(1000)}`, /Nested too deeply: more than 200 levels/],
  ] as const)
    it(`bounds ${what}`, async () => {
      const error = await failure(local.rows(query))
      expect(error.message).to.match(message)
      expect(await local.rows('SELECT 1 AS a')).to.deep.equal([{a: 1}])
    })

  it('takes long chains of conditions', async () => {
    const long = Array.from({length: 2000}, (_, i) => `x = ${i}`).join(' OR ')
    expect(await local.rows(`SELECT COUNT(*) AS n FROM range(5000) r(x) WHERE ${long}`)).to.deep.equal([{n: 2000}])
  })

  it('ends a query after jobTimeoutMs', async () => {
    const error = await failure(local.bigquery.query({query: ENDLESS, jobTimeoutMs: 200}))
    expect(error.message).to.match(/^Job execution was cancelled: Job timed out after 0\.2s/)
  })

  it('stops a query by which the process grows too large', async () => {
    const stopped = await new Promise<ApiError>(resolve => {
      const held: Buffer[] = []
      const unwatch = watchLimits({growth: 20 * 2 ** 20}, error => {
        unwatch()
        resolve(error)
      })
      const grow = setInterval(() => {
        held.push(Buffer.alloc(8 * 2 ** 20, 1))
        if (held.length > 40) clearInterval(grow)
      }, 5)
    })
    expect(stopped.reason).to.equal('resourcesExceeded')
  })

  it('closes while queries run', async () => {
    const cloud = await startLocalCloud({services: ['bigquery']})
    const running = clientOf(cloud)
      .query(ENDLESS)
      .catch(() => 'cut')
    await clientOf(cloud).query('SELECT 1')
    await cloud.close()
    expect(await running).to.equal('cut')
  })
})
