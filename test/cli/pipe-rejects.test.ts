import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {startLocalCloud} from '../../lib/emulators/index.ts'
import {sluice} from './command.ts'

const STEPS = fileURLToPath(new URL('reject-steps-fixture.ts', import.meta.url))
const latin1 = (text: string) => Buffer.from(text, 'latin1')

describe('sluice pipe --rejects', function () {
  // starts processes, on a machine that may be busy
  this.timeout(60_000)
  let dir: string
  let bad: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    bad = join(dir, 'bad')
  })
  afterEach(() => rmSync(dir, {recursive: true}))

  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const mend = (path: string, from: string, to: string) =>
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to))
  const reasons = () =>
    readFileSync(`${bad}.reasons.jsonl`, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)

  describe('gives back bytes as they were', () => {
    for (const [what, format, input] of [
      ['CSV in Latin-1, with \\r\\n and without a last line end', 'csv', 'id,n\r\n\xe9\0,1\r\n\xfc,2'],
      ['CSV with a byte order mark', 'csv', '\xef\xbb\xbfid,n\r\na\r\nb\r\n'],
      ['TSV', 'tsv', 'id\tn\n\xe9\t1\na\n'],
      ['JSON lines in Latin-1', 'jsonl', '{"a":"\xe9"}\r\n{"b":"\xff\xfe"}\n"\xe9"'],
      ['JSON lines with a byte order mark', 'jsonl', '\xef\xbb\xbf{oops\r\nnull\n'],
      ['lines of text', 'text', '\xe9 \0\r\n\xe8'],
    ] as const)
      it(what, async () => {
        const {code, out} = await sluice(['pipe', '--from', format, '--rejects', bad], latin1(input))
        expect({code, out}).to.deep.equal({code: 0, out: ''})
        expect(readFileSync(bad, 'latin1')).to.equal(input)
      })
    for (const [format, input] of [
      ['csv', '\xef\xbb\xbfid,n\r\na,"x\r\n""y"""\r\n\r\n\xc3\xa9,"2"'],
      ['jsonl', '{"a" : 1.0, "b":[]}\r\n 5\n"\\u00e9"'],
      ['text', ' a\r\n\xc3\xa9\n\n\0'],
    ] as const)
      it(`${format}, whichever step fails, asynchronous ones too`, async () => {
        const steps = ['--map', 'r => ({r})', '--map', 'async r => r', '--flat-map', 'r => [r, r]']
        const fail = ['--filter', 'async () => { throw new Error("no") }', '--concurrency', '3']
        const {out} = await sluice(['pipe', '--from', format, ...steps, ...fail, '--rejects', bad], latin1(input))
        expect(out).to.equal('')
        // blank lines of CSV are no records
        expect(readFileSync(bad, 'latin1')).to.equal(input.replace('\r\n\r\n', '\r\n'))
      })
    it('CSV that csv-parse reads', async () => {
      const input = 'id,n\r\n"a\\"",1\r\n\xe9,2\r\n"x\r\ny"\r\n'
      const fail = ['--map', 'r => { throw new Error("no") }', '--csv-escape', '\\']
      await sluice(['pipe', '--from', 'csv', ...fail, '--rejects', bad], latin1(input))
      expect(readFileSync(bad, 'latin1'))
        .to.have.length(input.length)
        .and.to.match(/^id,n\r\n/)
      for (const raw of ['"a\\"",1\r\n', '\xe9,2\r\n', '"x\r\ny"\r\n'])
        expect(readFileSync(bad, 'latin1')).to.include(raw)
    })
    it('a line that is nested 20,000 deep', async () => {
      const line = `${'['.repeat(20_000)}${']'.repeat(20_000)}\n`
      const fail = ['--map', 'r => { if (r !== 1) throw new Error("no"); return r }']
      const {code, out} = await sluice(['pipe', '--from', 'jsonl', ...fail, '--rejects', bad], `${line}1\n`)
      expect({code, out}).to.deep.equal({code: 0, out: '1\n'})
      expect(readFileSync(bad, 'utf8')).to.equal(line)
    })
  })

  for (const [what, js] of [
    ['NaN', '({x: NaN})'],
    ['a circle', '{ const c = {}; c.c = c; return c }'],
    ['a getter that throws', '({get x() { throw new Error("trap") }})'],
    ['a symbol', 'Symbol("s")'],
  ])
    it(`gives back the record that a step has made ${what} of`, async () => {
      const args = ['pipe', '--from', 'jsonl', '--map', `r => ${js}`, '--rejects', bad]
      const {code} = await sluice(args, '{"a": 1}\n')
      expect({code, bad: readFileSync(bad, 'utf8')}).to.deep.equal({code: 0, bad: '{"a": 1}\n'})
    })

  describe('can be sent again by the same command', () => {
    it('behind --rename and --select', async () => {
      const steps = ['--rename', 'a=b,b=a', '--select', 'b,a']
      const fail = ['--filter', 'r => { if (r.b === "x") throw new Error("no"); return true }']
      const args = (input: string) => ['pipe', '--input', input, ...steps, ...fail, '--to', 'csv']
      const first = await sluice([...args(file('in.csv', 'a,b\n1,2\nx,4\n')), '--rejects', `${bad}.csv`])
      expect(first.out).to.equal('b,a\n1,2\n')
      mend(`${bad}.csv`, 'x', '3')
      expect((await sluice(args(`${bad}.csv`))).out).to.equal('b,a\n3,4\n')
    })
    it('from files whose columns stand in another order', async () => {
      const [one, two] = [file('1.csv', 'id,n\na,1\nb,x\n'), file('2.csv', 'n,id\nx,c\n4,d\n')]
      const args = (...input: string[]) => ['pipe', '--input', ...input, '--cast', 'n:INT64']
      await sluice([...args(one, two), '--rejects', `${bad}.csv`])
      mend(`${bad}.csv`, 'x', '7')
      expect((await sluice(args(`${bad}.csv`))).out).to.equal('{"id":"b","n":7}\n{"id":"c","n":7}\n')
    })
    it('from files with other columns, in a file for each header', async () => {
      const [one, two] = [file('1.csv', 'id,n\nb,x\n'), file('2.csv', 'n,id,note\nx,c,"y\nz"\nx\n')]
      const args = (...input: string[]) => ['pipe', '--input', ...input, '--cast', 'n:INT64']
      const {err} = await sluice([...args(one, two), '--rejects', `${bad}.csv`])
      expect(err).to.include(`bad.csv and ${bad}-2.csv`)
      for (const path of [`${bad}.csv`, `${bad}-2.csv`]) mend(path, 'x', '7')
      mend(`${bad}-2.csv`, '\n7\n', '\n8,d,\n')
      expect((await sluice(args(`${bad}.csv`, `${bad}-2.csv`))).out).to.equal(
        '{"id":"b","n":7}\n{"n":7,"id":"c","note":"y\\nz"}\n{"n":8,"id":"d","note":""}\n',
      )
    })
    it('with only some of the columns', async () => {
      const args = (input: string) => ['pipe', '--input', input, '--csv-columns', 'n,id', '--cast', 'n:INT64']
      const first = await sluice([...args(file('in.csv', 'id,note,n\na,-,1\nb,-,x\n')), '--rejects', `${bad}.csv`])
      expect(first.out).to.equal('{"n":1,"id":"a"}\n')
      mend(`${bad}.csv`, 'x', '2')
      expect((await sluice(args(`${bad}.csv`))).out).to.equal('{"n":2,"id":"b"}\n')
    })
    it('where BigQuery has refused what steps had made of the record', async () => {
      const cloud = await startLocalCloud()
      try {
        const bigquery = new BigQuery(cloud.clientOptions.bigquery)
        await bigquery.createDataset('shop')
        const to = ['--to', 'bq:local-project:shop.orders', '--schema', 'a:STRING,b:INT64']
        const args = (input: string) => ['pipe', '--input', input, '--rename', 'a=b,b=a', ...to]
        await sluice([...args(file('in.csv', 'a,b\n1,x\ny,2\n')), '--rejects', `${bad}.csv`], '', {...cloud.env})
        expect(readFileSync(`${bad}.csv`, 'utf8')).to.equal('a,b\ny,2\n')
        mend(`${bad}.csv`, 'y', '3')
        expect((await sluice(args(`${bad}.csv`), '', {...cloud.env})).code).to.equal(0)
        const [rows] = await bigquery.query('SELECT a, b FROM shop.orders ORDER BY b')
        expect(rows).to.deep.equal([
          {a: 'x', b: 1},
          {a: '2', b: 3},
        ])
      } finally {
        await cloud.close()
      }
    })
  })

  it('has a record once of which a step has made several, and counts it once', async () => {
    const steps = [
      '--flat-map',
      'x => [x + 1, x + 2, x + 3]',
      '--map',
      'x => { if (x > "a1") throw new Error(x); return x }',
    ]
    const {out, err} = await sluice(['pipe', ...steps, '--rejects', bad], 'a\nb\n')
    expect({out, bad: readFileSync(bad, 'utf8')}).to.deep.equal({out: '"a1"\n', bad: 'a\nb\n'})
    expect(err).to.match(/^sluice: 2 of 2 records set aside in /)
    expect(reasons().map(({error}) => error)).to.deep.equal(['a2', 'b1'])
  })

  it('has what no single record stands for by name, beside the reason', async () => {
    const {code, err} = await sluice(
      ['pipe', '--from', 'jsonl', '--with', `${STEPS}#Total`, '--rejects', bad],
      '{"n":1}\n{"n":2}\n',
    )
    expect(code, err).to.equal(0)
    expect(readdirSync(dir).sort()).to.deep.equal(['bad.reasons.jsonl'])
    expect(reasons()).to.deep.equal([
      {step: 'Format', error: "field 'mean' is NaN, which JSON cannot hold", element: {sum: 3, mean: 'NaN'}},
    ])
    expect(err).to.include('bad.reasons.jsonl')
  })

  it('takes whatever a step puts out on an output of its own', async () => {
    const {code, err} = await sluice(['pipe', '--with', `${STEPS}#odd`, '--rejects', bad], 'a\nb\n')
    expect({code, err: err.includes("output 'odd'") ? '' : err}).to.deep.equal({code: 0, err: ''})
    expect(readFileSync(bad, 'utf8')).to.equal('a\nb\n')
  })

  it('keeps files of an earlier run that would be taken for its own', async () => {
    file('bad-2', 'precious')
    const {code, err} = await sluice(['pipe', '--rejects', bad], 'a\n')
    expect({code, told: err.includes('bad-2 already exists')}).to.deep.equal({code: 2, told: true})
  })
})
