import {expect} from 'chai'
import {useBigQuery} from '../fixture.ts'
import {CASES, type Cells} from './googlesql-cases.ts'

type Wire = string | null | {v: Wire}[] | {f: {v: Wire}[]}

describe('local BigQuery: GoogleSQL', () => {
  const local = useBigQuery()

  /** Cells of all rows as the REST API gives them, or the message of a 400. */
  async function answer(query: string): Promise<Cells[][] | string> {
    const reply = await fetch(`${local.cloud.url}/bigquery/v2/projects/local-project/queries`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({
        query,
        useLegacySql: false,
        formatOptions: {timestampOutputFormat: 'ISO8601_STRING'},
      }),
    })
    const body = (await reply.json()) as {rows?: Wire[]; error?: {code: number; message: string}}
    if (body.error) {
      expect(body.error.code, body.error.message).to.equal(400)
      return body.error.message
    }
    return (body.rows ?? []).map(row => plain(row) as Cells[])
  }

  function plain(cell: Wire): Cells {
    if (cell === null || typeof cell === 'string') return cell
    return (Array.isArray(cell) ? cell : cell.f).map(({v}) => plain(v))
  }

  for (const [family, cases] of Object.entries(CASES))
    describe(family, () => {
      for (const [sql, wanted] of cases)
        if (wanted instanceof RegExp)
          it(`refuses ${sql}`, async () => {
            expect(await answer(sql))
              .to.be.a('string')
              .and.match(wanted)
          })
        else
          it(sql, async () => {
            expect(await answer(sql)).to.deep.equal(wanted)
          })
    })
})
