import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import job from '../../samples/mend.ts'

const ORDERS = `id,day,item,amount,quantity
1,2026-01-02,rope,2.5,2
2,2026-01-32,lamp,10,1
3,2026-01-03,"nail, ""long""",0.1,x
4,2026-01-04,"anchor,80,1
5,2026-01-05,sail,100,1
6,2026-01-06,mast
`
const HEADER = 'id,day,item,amount,quantity'

describe('samples/mend.ts', () => {
  let cloud: LocalCloud
  let folder: string
  const saved = {...process.env}
  const path = (name: string) => join(folder, name)
  const linesOf = (name: string) => readFileSync(path(name), 'utf8').trimEnd().split('\n')

  before(async () => {
    cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
    folder = mkdtempSync(join(tmpdir(), 'sluice-mend-'))
    await new BigQuery().createDataset('my_dataset')
    writeFileSync(path('orders.csv'), ORDERS)
    await job.run({input: path('orders.csv'), rejects: path('rejects')})
  })
  after(async () => {
    for (const name of Object.keys(cloud.env)) delete process.env[name]
    Object.assign(process.env, saved)
    await cloud.close()
    rmSync(folder, {recursive: true})
  })

  const orders = async () =>
    (await new BigQuery().query('SELECT id, item, total FROM my_dataset.orders ORDER BY id'))[0] as object[]

  it('writes what is right', async () => {
    expect(await orders()).to.deep.equal([
      {id: '1', item: 'rope', total: 5},
      {id: '5', item: 'sail', total: 100},
    ])
  })

  it('gives back the other records as they stood, with the reasons beside', () => {
    const [header, ...raw] = linesOf('rejects.csv')
    expect(header).to.equal(HEADER)
    expect(raw).to.have.members(ORDERS.split('\n').filter(line => /^[2346],/.test(line)))
    const reasons = linesOf('rejects.jsonl').map(line => JSON.parse(line) as {raw: string; reason: string})
    expect(reasons.map(each => each.raw)).to.deep.equal(raw)
    const reasonOf = (id: string) => reasons.find(each => each.raw.startsWith(id))!.reason
    expect(reasonOf('2')).to.equal("'2026-01-32' is not a date")
    expect(reasonOf('3')).to.equal("quantity 'x' is not a number")
    expect(reasonOf('4')).to.match(/quote/)
    expect(reasonOf('6')).to.match(/3 fields/)
  })

  it('takes them again when they are mended, so that every order is there once', async () => {
    const mended = readFileSync(path('rejects.csv'), 'utf8')
      .replace('2026-01-32', '2026-01-31')
      .replace(',x', ',7')
      .replace('"anchor', 'anchor')
      .replace('mast', 'mast,1000,1')
    writeFileSync(path('rejects.csv'), mended)
    await job.run({input: path('rejects.csv'), rejects: path('rejects-2')})
    expect((await orders()).map(row => (row as {id: string}).id)).to.deep.equal(['1', '2', '3', '4', '5', '6'])
    expect(linesOf('rejects-2.csv')).to.deep.equal([HEADER])
  })

  it('refuses files whose columns stand in another order, which one header does not fit', async () => {
    writeFileSync(path('other.csv'), 'day,id,item,amount,quantity\n')
    const error = await job.run({input: path('other.csv'), rejects: path('other-rejects')}).catch(failure => failure)
    expect(error.message).to.include(`the columns are day,id,item,amount,quantity; they must be ${HEADER}`)
  })

  it('keeps what is not UTF-8 as Latin-1', async () => {
    writeFileSync(path('latin1.csv'), Buffer.from(`${HEADER}\n7,2026-01-02,K\xe4se,1,1\n`, 'latin1'))
    await job.run({input: path('latin1.csv'), rejects: path('latin1-rejects')})
    expect(linesOf('latin1-rejects.csv')).to.deep.equal([HEADER, '7,2026-01-02,Käse,1,1'])
  })
})
