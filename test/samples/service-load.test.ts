import {setImmediate as turn} from 'node:timers/promises'
import {expect} from 'chai'
import {until} from '../batching/manual-clock.ts'
import {JobCloud, still} from '../jobs/support.ts'
import {valueIn} from '../monitor/prometheus-parser.ts'
import {type Answer, orders, ServiceUnderTest} from './service-client.ts'

describe('samples/service.ts and its clients', () => {
  const job = new JobCloud()
  const under = new ServiceUnderTest(job)

  it('takes 50 uploads at once, and writes each row of each client exactly once', async () => {
    await under.start()
    const clients = Array.from({length: 50}, (_, i) => i)
    const size = (client: number) => 20 + client
    const answers = await Promise.all(
      clients.map((client): Promise<Answer> => {
        const body = orders(`c${client}`, size(client))
        if (client % 2) return under.fetch(body)
        const {sending, answer} = under.open()
        sending.end(body)
        return answer
      }),
    )
    expect(answers.map(({status, body}) => [status, body.rows])).to.deep.equal(clients.map(i => [200, size(i)]))
    const [rows] = await job.bigquery.query(
      `SELECT upload, COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM \`${job.table}\` GROUP BY upload`,
    )
    expect(new Map(rows.map(({upload, n, ids}) => [upload, [n, ids]]))).to.deep.equal(
      new Map(answers.map(({body}) => [body.upload, [body.rows, body.rows]])),
    )
    expect((await job.counts()).ids).to.equal(clients.reduce((sum, i) => sum + size(i), 0))
  }).timeout(60_000)

  it('takes an upload byte by byte', async () => {
    await under.start()
    const {sending, answer} = under.open()
    sending.setNoDelay(true)
    for (const byte of Buffer.from('id,amount\n"ä\n1",1\nb,2\n')) {
      await new Promise(sent => sending.write(Buffer.of(byte), sent))
      await turn()
    }
    sending.end()
    expect((await answer).body.rows).to.equal(2)
    const [[row]] = await job.bigquery.query(`SELECT id FROM \`${job.table}\` WHERE amount = 1`)
    expect(row.id).to.equal('ä\n1')
  })

  it('lets a slow upload wait for its client, and others go by', async () => {
    await under.start()
    const slow = under.open()
    slow.sending.write('id,amount\na,')
    for (const client of ['b', 'c']) expect((await under.fetch(orders(client, 10))).body.rows).to.equal(10)
    slow.sending.end('1\n')
    expect((await slow.answer).body.rows).to.equal(1)
  })

  it('stops reading the connection when BigQuery does not answer', async () => {
    await under.start()
    job.fault('tabledata.insertAll', {kind: 'hang'})
    const {sending} = under.open()
    sending.on('error', () => {})
    const chunk = Buffer.from(`id,amount,note\n${`x,1,${'n'.repeat(95)}\n`.repeat(650)}`)
    let open = true
    let sent = 0
    const send = () => {
      if (!open) return
      sent += chunk.length
      sending.write(chunk, send)
    }
    send()
    const pageOf = async () => (await fetch(`${under.url}/metrics`)).text()
    const bytes = (page: string) => valueIn(page, 'sluice_io_bytes_total', {stage: 'Read'})!
    await until(() => job.calls('tabledata.insertAll') === 4)
    // no more goes into the socket either: what the system buffers is full
    await still(() => sent)
    const first = bytes(await pageOf())
    await still(() => sent)
    expect(bytes(await pageOf())).to.equal(first)
    // 3,000 rows on their way to BigQuery, a thousand and a chunk before each stage
    expect(first).to.be.within(200_000, 1_500_000)
    open = false
    const closed = new Promise(resolve => sending.once('close', resolve))
    sending.destroy()
    await closed
  }).timeout(60_000)
})
