import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {JobCloud} from '../jobs/support.ts'
import {parsePage, valueIn} from '../monitor/prometheus-parser.ts'
import {orders, ServiceUnderTest} from './service-client.ts'

describe('samples/service.ts', () => {
  const job = new JobCloud()
  const under = new ServiceUnderTest(job)

  it('writes the orders of an upload, and answers with counts', async () => {
    await under.start()
    const {status, type, body} = await under.fetch(orders('a', 1500))
    expect({status, type}).to.deep.equal({status: 200, type: 'application/json; charset=utf-8'})
    expect(body).to.deep.equal({upload: body.upload, rows: 1500, rejected: {count: 0, records: [], cut: false}})
    expect(await job.counts()).to.deep.equal({rows: 1500, ids: 1500})
  })

  it('takes gzip, other columns, and columns in another order', async () => {
    await under.start()
    const zipped = await under.fetch(gzipSync('note,amount,id\nx,1.5,a\n'), {
      'content-type': 'text/csv; charset=utf-8',
      'content-encoding': 'gzip',
    })
    expect(zipped.body.rows).to.equal(1)
    const [[row]] = await job.bigquery.query(`SELECT id, amount FROM \`${job.table}\``)
    expect(row).to.deep.equal({id: 'a', amount: 1.5})
  })

  it('answers a header without records with no rows', async () => {
    await under.start()
    expect((await under.fetch('id,amount\n')).body).to.deep.include({rows: 0})
  })

  it('answers with the records that are not CSV, are not orders, or that BigQuery does not take; the others are written', async () => {
    await under.start()
    job.fault('tabledata.insertAll', {
      kind: 'insertErrors',
      rows: row => row['id'] === 'refused',
      reason: 'invalid',
      message: 'not this one',
    })
    const {status, body} = await under.fetch('id,amount\na,1\nb"x,2\nc,many\nrefused,3\nd,4\n,5\ne,1,2\n')
    expect(status).to.equal(200)
    expect(body.rows).to.equal(2)
    expect(body.rejected.records).to.have.deep.members([
      {record: 'b"x,2', reason: 'a quote stands inside a field that does not begin with one'},
      {record: 'e,1,2', reason: 'the record has 3 fields instead of 2'},
      {record: 'c,many', reason: "amount 'many' is not a number"},
      {record: ',5', reason: 'the order has no id'},
      {record: 'refused,3', reason: 'not this one'},
    ])
    expect(body.rejected).to.include({count: 5, cut: false})
  })

  it('says when it does not list all rejected records, and cuts long ones', async () => {
    await under.start({maxRejects: 3})
    const long = 'x'.repeat(5000)
    const {body} = await under.fetch(`id,amount\n${`${long},no\n`.repeat(400)}a,1\n`)
    expect(body.rows).to.equal(1)
    expect(body.rejected).to.include({count: 400, cut: true})
    expect(body.rejected.records).to.have.length(3)
    expect(body.rejected.records[0]!.record).to.have.length(1001)
  })

  for (const [what, body, headers, status, code, message] of [
    ['an empty body', '', {}, 400, 'EMPTY', /send CSV with a header/],
    ['a header without the columns', 'x,y\n1,2\n', {}, 400, 'NO_HEADER', /id,amount is missing/],
    ['no text', Buffer.from([0xff, 0xfe, 0x41, 0, 0x0a, 0]), {}, 400, 'BAD_ENCODING', /UTF-16/],
    [
      'gzip that is cut',
      gzipSync(orders('a', 9)).subarray(0, 30),
      {'content-encoding': 'gzip'},
      400,
      'BAD_ENCODING',
      /truncated/,
    ],
    ['a body over the limit', orders('a', 300), {}, 413, 'TOO_LARGE', /larger than 1000 bytes/],
    ['another type', '{}', {'content-type': 'application/json'}, 415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE', /media type/i],
    ['another encoding', 'id,amount\n', {'content-encoding': 'br'}, 415, 'UNSUPPORTED_ENCODING', /not br/],
  ] as [string, string | Buffer, Record<string, string>, number, string, RegExp][])
    it(`answers ${what} with ${status} and an error as JSON`, async () => {
      await under.start({maxBytes: 1000})
      const answer = await under.fetch(body, headers)
      expect({status: answer.status, type: answer.type}).to.deep.equal({
        status,
        type: 'application/json; charset=utf-8',
      })
      expect(answer.body.error.code).to.equal(code)
      expect(answer.body.error.message).to.match(message)
    })

  it('answers 413 though the client says no length and sends on and on, and then closes the connection', async () => {
    await under.start({maxBytes: 50_000})
    const {sending, answer} = under.open()
    const chunk = Buffer.from(orders('a', 500))
    const closed = new Promise(resolve => sending.once('close', resolve))
    let open = true
    sending.on('error', () => {})
    sending.once('close', () => (open = false))
    const send = () => void (open && sending.write(chunk, () => setImmediate(send)))
    send()
    expect((await answer).status).to.equal(413)
    await closed
  })

  it('answers 408 when a client sends nothing for too long', async () => {
    await under.start({idleTimeout: 50})
    const {sending, answer} = under.open()
    sending.on('error', () => {})
    sending.write('id,amount\na,')
    expect((await answer).body.error.code).to.equal('IDLE')
    sending.destroy()
  })

  it('answers 502 when BigQuery refuses the table, without a word of its own affairs', async () => {
    await under.start()
    job.fault('tabledata.insertAll', {kind: 'status', status: 403})
    const error = console.error
    console.error = () => {}
    try {
      const {status, body} = await under.fetch(orders('a', 3))
      expect({status, body}).to.deep.equal({
        status: 502,
        body: {error: {code: 'NOT_WRITTEN', message: 'BigQuery did not take the rows; try again later'}},
      })
    } finally {
      console.error = error
    }
  })

  it('answers 404 for another path, as JSON too', async () => {
    await under.start()
    const response = await fetch(`${under.url}/nowhere`)
    expect({status: response.status, body: await response.json()}).to.deep.equal({
      status: 404,
      body: {error: {code: 'NOT_FOUND', message: 'there is no GET /nowhere'}},
    })
  })

  it('says how it is: alive, ready, and in figures', async () => {
    await under.start()
    await under.fetch(orders('a', 20))
    const get = async (path: string) => {
      const response = await fetch(`${under.url}${path}`)
      return {status: response.status, type: response.headers.get('content-type'), text: await response.text()}
    }
    expect(await get('/healthz')).to.include({status: 200, text: '{"alive":true}'})
    expect(await get('/readyz')).to.include({status: 200, text: '{"ready":true}'})
    const {type, text} = await get('/metrics')
    expect(type).to.equal('text/plain; version=0.0.4; charset=utf-8')
    expect(valueIn(text, 'sluice_elements_in_total', {pipeline: 'upload', stage: 'ToOrder'})).to.equal(20)
    expect(valueIn(text, 'sluice_connector_total', {stage: 'Write', counted: 'rows'})).to.equal(20)
    expect(valueIn(text, 'sluice_runs_total', {pipeline: 'upload', state: 'done'})).to.equal(1)
    const requests = parsePage(text).get('sluice_request_duration_seconds')!.series
    expect(requests.find(({name}) => name.endsWith('_count'))).to.deep.include({
      labels: {pipeline: 'upload', stage: 'Write', kind: 'sink', result: 'ok'},
      value: 1,
    })
  })
})
