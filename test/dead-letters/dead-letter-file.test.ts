import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {failure} from '../batching/manual-clock.ts'
import {LocalBigQuery, rows} from '../io/bigquery/local-bigquery.ts'

describe('deadLetter: {file}', () => {
  const local = new LocalBigQuery()
  const bad = [
    {id: 'a', total: 'x'},
    {id: 'b', total: 'y'},
  ]
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    file = join(folder, 'rejects.jsonl')
    await local.create()
  })
  afterEach(() => rmSync(folder, {recursive: true}))

  it('gets a line of JSON for each row that is refused, with the fields of the table', async () => {
    await local.write([...rows(1), ...bad], local.sink({deadLetter: {file}}))
    const [first, second, rest] = readFileSync(file, 'utf8').split('\n')
    expect(JSON.parse(first!)).to.deep.equal({
      timestamp: new Date(local.clock.now()).toISOString(),
      payloadString: '{"id":"a","total":"x"}',
      payloadBytes: Buffer.from('{"id":"a","total":"x"}').toString('base64'),
      attributes: [],
      errorMessage: JSON.parse(first!).errorMessage,
      stacktrace: null,
    })
    expect(JSON.parse(first!).errorMessage).to.match(/^writeToBigQuery: total: .*\(invalid\)$/)
    expect(JSON.parse(second!).payloadString).to.equal('{"id":"b","total":"y"}')
    expect(rest).to.equal('')
    expect(await local.count()).to.equal(1)
  })
  it('keeps a payload whole that no table could take', async () => {
    const id = '\u0001'.repeat(3_000_000)
    await local.write([{id, total: 'x'}], local.sink({deadLetter: {file}}))
    const {payloadString} = JSON.parse(readFileSync(file, 'utf8'))
    expect(JSON.parse(payloadString)).to.deep.equal({id, total: 'x'})
  })
  it('is not made when no row is refused', async () => {
    await local.write(rows(2), local.sink({deadLetter: {file}}))
    expect(existsSync(file)).to.equal(false)
  })
  it('is added to with `append`, after a line that a killed run has left half', async () => {
    writeFileSync(file, '{"payl')
    await local.write(bad, local.sink({deadLetter: {file, append: true}}))
    await local.write(bad, local.sink({deadLetter: {file, append: true}}))
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines).to.have.length(6)
    expect(lines[0]).to.equal('{"payl')
    expect(JSON.parse(lines[4]!).payloadString).to.include('"id":"b"')
  })
  it('fails the sink, with an error that names both, when it cannot be written', async () => {
    const sink = local.sink({deadLetter: {file}})
    writeFileSync(file, 'of somebody else')
    const error = await failure(local.write(bad, sink))
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToBigQuery.deadLetter'})
    expect(error.message).to.match(
      /^writeToBigQuery: its `deadLetter` failed: writeToBigQuery\.deadLetter: the file .* exists already/,
    )
    expect(readFileSync(file, 'utf8')).to.equal('of somebody else')
  })
})
