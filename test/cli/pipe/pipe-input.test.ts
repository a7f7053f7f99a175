import {writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {shell, sluice} from '../command.ts'

describe('what sluice pipe reads', function () {
  // starts processes, on a machine that may be busy
  this.timeout(60_000)
  let dir: string
  const file = (name: string, content: string | Buffer) => {
    const path = join(dir, name)
    writeFileSync(path, content)
    return path
  }
  let a: string
  let b: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    a = file('a.csv', 'id\na\n')
    b = file('b.csv.gz', gzipSync('id\nb\n'))
  })
  after(() => rm(dir, {recursive: true}))

  it('are the files of its arguments, in their order, wherever they stand', async () => {
    const run = await sluice(['pipe', b, '--filter', 'r => true', a])
    expect(run).to.deep.equal({code: 0, out: '{"id":"b"}\n{"id":"a"}\n', err: ''})
  })
  it('are files behind -- whatever they are called, and standard input at -', async () => {
    const odd = file('--to.csv', 'id\nx\n')
    const run = await shell(`printf 'id\\nz\\n' | sluice pipe --select id -- ${odd} - ${a}`)
    expect(run).to.deep.equal({code: 0, out: '{"id":"x"}\n{"id":"z"}\n{"id":"a"}\n', err: ''})
  })
  it('is a file with glob characters in its name', async () => {
    const odd = file('[1] {x}?.csv', 'id\nodd\n')
    expect(await sluice(['pipe', odd])).to.deep.equal({code: 0, out: '{"id":"odd"}\n', err: ''})
  })
  it('is standard input, with --input - too, and --to - is standard output in the same format', async () => {
    const run = await sluice(['pipe', '--input', '-', '--from', 'tsv', '--to', '-'], 'a\tb\n1\t\n')
    expect(run).to.deep.equal({code: 0, out: 'a\tb\n1\t\n', err: ''})
  })
  it('is not a folder', async () => {
    const {code, out, err} = await shell(`sluice pipe --from csv < '${dir}'`)
    expect({code, out}).to.deep.equal({code: 2, out: ''})
    expect(err).to.include('standard input is a folder')
  })
  it('is a pipe of the shell', async () => {
    expect((await shell('sluice pipe --from csv <(printf "id\\n1\\n")')).out).to.equal('{"id":"1"}\n')
  })

  describe('--from json', () => {
    for (const [what, input, out] of [
      ['an array', '[{"a":1},\n{"a":[2]}]', '{"a":1}\n{"a":[2]}\n'],
      ['one value', '{\n  "a": 9007199254740993\n}\n', '{"a":9007199254740993}\n'],
      ['values', '{"a":1} {"a":2}\n3', '{"a":1}\n{"a":2}\n3\n'],
      ['nothing', '', ''],
    ] as const)
      it(`takes ${what}`, async () => {
        expect(await sluice(['pipe', '--from', 'json'], input)).to.deep.equal({code: 0, out, err: ''})
      })
    it('is what the ending tells, and sets aside one element', async () => {
      const rejects = join(dir, 'bad.json')
      const run = await sluice(['pipe', file('in.json', '[1, {x}, 3]'), '--to', 'json', '--rejects', rejects])
      expect({code: run.code, out: run.out}).to.deep.equal({code: 0, out: '[\n1,\n3\n]\n'})
      expect((await sluice(['pipe', rejects])).err).to.include('{x}')
    })
    it('closes the array of a run that fails', async () => {
      const {code, out} = await sluice(['pipe', '--from', 'json', '--to', 'json'], '[1, 2, ')
      expect({code, values: JSON.parse(out) as unknown}).to.deep.equal({code: 1, values: [1, 2]})
    })
    it('writes no array when nothing could be read', async () => {
      const {code, out} = await sluice(['pipe', join(dir, 'missing.json'), '--to', 'json'])
      expect({code, out}).to.deep.equal({code: 1, out: ''})
    })
    it('is told to whom gives an array to --from jsonl', async () => {
      expect((await sluice(['pipe', '--from', 'jsonl'], '[1,\n2]')).err).to.include('give --from json')
    })
  })

  describe('--cast', () => {
    const TEXT = 'n,f,ok,zip,big,long,e,word\n-5,2.50,true,00123,9007199254740993,123456789012345.67891,,True\n'
    it('auto makes numbers and booleans of texts, and loses no digit', async () => {
      const {out} = await sluice(['pipe', '--from', 'csv', '--cast', 'auto'], TEXT)
      expect(JSON.parse(out)).to.deep.equal({
        n: -5,
        f: 2.5,
        ok: true,
        zip: '00123',
        big: '9007199254740993',
        long: '123456789012345.67891',
        e: '',
        word: 'True',
      })
    })
    it('auto leaves the type to those fields that have one', async () => {
      const run = await sluice(
        ['pipe', '--from', 'tsv', '--cast', 'auto,a:STRING', '--cast', 'b:BOOL'],
        'a\tb\tc\n1\t1\t1\n',
      )
      expect(run).to.deep.equal({code: 0, out: '{"a":"1","b":true,"c":1}\n', err: ''})
    })
    it('of a field that is nowhere is told', async () => {
      const lines = await sluice(['pipe', '--from', 'jsonl', '--cast', 'totl:INT64'], '{"total":1}\n')
      expect(lines).to.deep.equal({
        code: 0,
        out: '{"total":1}\n',
        err: "sluice warn: --cast: no record has the field 'totl'; the first has total\n",
      })
      const table = await sluice(['pipe', '--from', 'csv', '--cast', 'totl:INT64'], 'total\n1\n')
      expect([table.code, table.err.includes("--cast names column 'totl'")]).to.deep.equal([1, true])
      const auto = await sluice(['pipe', '--from', 'tsv', '--cast', 'auto,totl:INT64'], 'total\n1\n')
      expect(auto.err).to.equal("sluice: --cast: no file has the column 'totl'; the columns are total\n")
    })
  })

  describe('has a header without rows', () => {
    for (const [what, args, header] of [
      ['of the input', [], 'id,n'],
      ['of --rename and --select', ['--rename', 'id=key', '--select', 'n,key'], 'n,key'],
      ['of --csv-columns', ['--no-csv-header', '--csv-columns', 'x,y', '--to', 'tsv'], ''],
    ] as const)
      it(`that is ${what}`, async () => {
        const args2 = ['pipe', '--from', 'csv', '--to', 'csv', ...args, '--filter', 'r => false']
        const run = await sluice(args2, 'id,n\n')
        expect(run).to.deep.equal({code: 0, out: header && `${header}\n`, err: ''})
      })
    it('in a file', async () => {
      const to = join(dir, 'empty.csv.gz')
      expect((await sluice(['pipe', a, '--filter', 'r => false', '--to', to])).code).to.equal(0)
      expect((await shell(`gunzip -c '${to}'`)).out).to.equal('id\n')
    })
    it('or says that its columns are not known', async () => {
      const run = await sluice(['pipe', a, '--flat-map', 'r => []', '--to', 'csv'])
      expect({code: run.code, out: run.out}).to.deep.equal({code: 0, out: ''})
      expect(run.err).to.include('name them: --select a,b')
    })
  })
})
