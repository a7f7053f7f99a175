import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {gunzipSync, gzipSync} from 'node:zlib'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../lib/emulators/index.ts'
import {jsonValue} from '../../lib/formats/index.ts'
import {sluice} from './command.ts'

const STEPS = fileURLToPath(new URL('steps-fixture.ts', import.meta.url))
const CSV = 'id,note,total\na,"two\nlines",1\nb,"say ""hi""",2.5\n'
/** `id` and `a`, a line each. */
const BZIPPED = 'QlpoOTFBWSZTWWOpzO4AAAJBAAAQJCAgADDNNBmQrji7kinChIMdTmdw'

describe('sluice pipe', function () {
  // starts processes, on a machine that may be busy
  this.timeout(60_000)
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  after(() => rm(dir, {recursive: true}))

  const file = (name: string, content: string | Buffer) => {
    const path = join(dir, name)
    writeFileSync(path, content)
    return path
  }

  describe('reads', () => {
    it('lines of standard input, and writes them as JSON', async () => {
      expect(await sluice(['pipe'], 'a\nb\n')).to.deep.equal({code: 0, out: '"a"\n"b"\n', err: ''})
    })
    it('CSV, with newlines and quotes in fields', async () => {
      const {code, out} = await sluice(['pipe', '--from', 'csv'], CSV)
      const rows = [
        {id: 'a', note: 'two\nlines', total: '1'},
        {id: 'b', note: 'say "hi"', total: '2.5'},
      ]
      expect({code, out}).to.deep.equal({code: 0, out: rows.map(row => `${JSON.stringify(row)}\n`).join('')})
    })
    it('bzip2 by the ending before its own', async () => {
      const path = file('zipped.csv.bz2', Buffer.from(BZIPPED, 'base64'))
      expect((await sluice(['pipe', '--input', path])).out).to.equal('{"id":"a"}\n')
    })
    it('gzip, which needs no option', async () => {
      const path = file('zipped.csv.gz', gzipSync('id\na\n'))
      expect(await sluice(['pipe', '--input', path])).to.deep.equal({code: 0, out: '{"id":"a"}\n', err: ''})
    })
    it('bzip2, whose ending is left out of the name too', async () => {
      const path = file(
        'zipped.csv.bz2',
        Buffer.from('QlpoOTFBWSZTWWOpzO4AAAJBAAAQJCAgADDNNBmQrji7kinChIMdTmdw', 'base64'),
      )
      expect(await sluice(['pipe', '--input', path])).to.deep.equal({code: 0, out: '{"id":"a"}\n', err: ''})
    })
    it('JSON lines, blank ones left out', async () => {
      const {out} = await sluice(['pipe', '--from', 'jsonl'], '{"a":1}\n\n[2]\n')
      expect(out).to.equal('{"a":1}\n[2]\n')
    })
    it('files by their ending, several in order', async () => {
      const [b, a] = [file('b.tsv', 'x\ty\n3\t4\n'), file('a.tsv', 'x\ty\n1\t2\n')]
      const {out} = await sluice(['pipe', '--input', a, b])
      expect(out).to.equal('{"x":"1","y":"2"}\n{"x":"3","y":"4"}\n')
    })
    it('CSV in the dialect of the options', async () => {
      const dialect = ['--csv-delimiter', ';', '--csv-quote', "'", '--no-csv-header', '--csv-columns', 'a,b']
      const {out} = await sluice(['pipe', '--from', 'csv', ...dialect], "1;'x;y'\n")
      expect(out).to.equal('{"a":"1","b":"x;y"}\n')
    })
  })

  describe('writes', () => {
    it('CSV with a header and with quotes where they are needed', async () => {
      const {out} = await sluice(['pipe', '--from', 'csv', '--to', 'csv'], CSV)
      expect(out).to.equal(CSV)
    })
    it('CSV in the order of the input or of --select, also of columns that are numbers', async () => {
      const csv = 'id,2021,2020,constructor\n1,2,3,4\n'
      const written = async (...flags: string[]) =>
        (await sluice(['pipe', '--from', 'csv', '--to', 'csv', ...flags], csv)).out
      expect(await written()).to.equal(csv)
      expect(await written('--map', 'r => ({...r, x: 5})')).to.equal('id,2021,2020,constructor,x\n1,2,3,4,5\n')
      expect(await written('--select', '2021,id,2020')).to.equal('2021,id,2020\n2,1,3\n')
      expect(await written('--rename', '2021=7,id=9')).to.equal('9,7,2020,constructor\n1,2,3,4\n')
    })
    it('CSV of records of which some lack a field that has the name of what all objects have', async () => {
      const {out} = await sluice(['pipe', '--from', 'jsonl', '--to', 'csv'], '{"a":1,"constructor":"x"}\n{"a":2}\n')
      expect(out).to.equal('a,constructor\n1,x\n2,\n')
    })
    it('TSV', async () => {
      expect((await sluice(['pipe', '--from', 'jsonl', '--to', 'tsv'], '{"a":1,"b":null}\n')).out).to.equal(
        'a\tb\n1\t\n',
      )
    })
    it('CSV under the header of the first record that CSV can hold', async () => {
      const {code, out} = await sluice(
        ['pipe', '--to', 'csv', '--map', 'x => x < 2 ? {x: new Uint8Array()} : {y: x}'],
        '1\n2\n3\n',
      )
      expect({code, out}).to.deep.equal({code: 3, out: 'y\n2\n3\n'})
    })
    it('a file of just the name that was given, in the format of its ending', async () => {
      const to = join(dir, 'out.csv')
      expect(await sluice(['pipe', '--from', 'csv', '--to', to], CSV)).to.deep.equal({code: 0, out: '', err: ''})
      expect(readFileSync(to, 'utf8')).to.equal(CSV)
    })
    it('a compressed file', async () => {
      const to = join(dir, 'out.jsonl.gz')
      await sluice(['pipe', '--to', to], 'a\nb\n')
      expect(gunzipSync(readFileSync(to)).toString()).to.equal('"a"\n"b"\n')
    })
    it('no file over one that is there, unless it is told to', async () => {
      const to = file('old.txt', 'precious')
      const {code, err} = await sluice(['pipe', '--to', to], 'a\n')
      expect({code, kept: readFileSync(to, 'utf8')}).to.deep.equal({code: 2, kept: 'precious'})
      expect(err).to.include('give --overwrite')
      expect((await sluice(['pipe', '--to', to, '--overwrite'], 'a\n')).code).to.equal(0)
      expect(readFileSync(to, 'utf8')).to.equal('a\n')
    })
    it('over its own input, which is read before', async () => {
      const both = file('both.csv', 'a\n1\n2\n')
      const {code} = await sluice([
        'pipe',
        '--input',
        both,
        '--map',
        'r => ({b: r.a * 2})',
        '--to',
        both,
        '--overwrite',
      ])
      expect({code, now: readFileSync(both, 'utf8')}).to.deep.equal({code: 0, now: 'b\n2\n4\n'})
    })
    it('no file when the run fails, and leaves nothing', async () => {
      const here = await mkdtemp(join(dir, 'failing-'))
      const {code, err} = await sluice(['pipe', '--input', join(dir, 'missing.csv'), '--to', join(here, 'out.csv')])
      expect({code, left: readdirSync(here)}).to.deep.equal({code: 1, left: []})
      expect(err).to.match(/^sluice: No file matches/)
    })
    it('text as it is', async () => {
      expect((await sluice(['pipe', '--to', 'text'], 'a "b"\n')).out).to.equal('a "b"\n')
    })
  })

  describe('takes steps', () => {
    it('in the order of the command line', async () => {
      const plus = 'x => x + 1'
      const steps = ['--map', 'x => +x', '--map', plus, '--filter', 'x => x > 2', '--map', plus]
      expect((await sluice(['pipe', ...steps], '1\n2\n')).out).to.equal('4\n')
    })
    it('that are asynchronous, and keeps the order', async () => {
      const wait = 'async x => { await new Promise(r => setTimeout(r, 10 - x)); return +x }'
      expect((await sluice(['pipe', '--map', wait, '--concurrency', '3'], '1\n2\n3\n')).out).to.equal('1\n2\n3\n')
    })
    it('--flat-map, --rename, --select and --limit', async () => {
      const steps = [
        '--flat-map',
        'x => [{x, y: 1}, {x, y: 2}]',
        '--rename',
        'x=name',
        '--select',
        'y,name,z',
        '--limit',
        '1',
      ]
      expect((await sluice(['pipe', ...steps], 'a\nb\n')).out).to.equal('{"y":1,"name":"a","z":null}\n')
    })
    it('--select and --rename of a field that no record has, with a warning', async () => {
      const run = await sluice(
        ['pipe', '--from', 'jsonl', '--rename', 'x=y,idd=no', '--select', 'id,a'],
        '{"id":1,"x":2}\n{"a":3}\n',
      )
      expect(run.out).to.equal('{"id":1,"a":null}\n{"id":null,"a":3}\n')
      expect(run.code).to.equal(0)
      expect(run.err).to.equal("sluice warn: --rename: no record has the field 'idd'; the first has id, x\n")
    })
    it('--numbers, of JSON lines', async () => {
      const input = '{"id":9007199254740993}\n{"n":{"a":0.12345678901234567}}\n'
      const of = (...flags: string[]) => sluice(['pipe', '--from', 'jsonl', '--max-rejects', '1', ...flags], input)
      const exact = await of()
      expect(exact.out).to.equal('{"id":9007199254740993}\n')
      expect(exact.err).to.contain("field 'n.a': 0.12345678901234567 would become")
      expect((await of('--numbers', 'text')).out).to.equal(
        '{"id":"9007199254740993"}\n{"n":{"a":"0.12345678901234567"}}\n',
      )
      expect((await of('--numbers', 'double')).out).to.equal(
        '{"id":9007199254740992}\n{"n":{"a":0.12345678901234566}}\n',
      )
    })
    it('--cast, while reading', async () => {
      const cast = 'n:INT64,big:INT64,f:FLOAT64,at:TIMESTAMP,ok:BOOL,e:INT64'
      const input = 'n,big,f,at,ok,e\n1,9007199254740993,1.5,2024-01-31 12:00:00+01:00,yes,\n'
      const {out} = await sluice(['pipe', '--from', 'csv', '--cast', cast], input)
      expect(jsonValue(out)).to.deep.equal({
        ...{n: 1, big: 9007199254740993n, f: 1.5, at: '2024-01-31T11:00:00.000Z', ok: true, e: null},
      })
    })
    for (const [what, name, out] of [
      ['a DoFn class', '#Shout', '"AB"\n"!"\n'],
      ['a DoFn instance', '#twice', '"abab"\n'],
      ['a function', '', '2\n'],
      ['a generator function', '#letters', '"a"\n"b"\n'],
      ['an array of these', '#chain', '"A"\n"!"\n"B"\n"!"\n'],
    ] as const)
      it(`--with ${what} of a TypeScript module`, async () => {
        expect(await sluice(['pipe', '--with', STEPS + name], 'ab\n')).to.deep.equal({code: 0, out, err: ''})
      })
  })

  describe('sets aside what it cannot process', () => {
    it('and exits with 3, says which record it was, and writes the others', async () => {
      const {code, out, err} = await sluice(['pipe', '--map', 'x => JSON.parse(x)'], '1\nx\n3\n')
      expect({code, out}).to.deep.equal({code: 3, out: '1\n3\n'})
      expect(err).to.match(/^sluice: 1 record could not be processed: map: .*JSON.*: x\n {2}at --map:1:\d+.*\n$/)
    })
    it('in a file as it was read, with the reasons beside it', async () => {
      const rejects = join(dir, 'rejects.csv')
      const input = 'id,n\na,1\nb,x\nc\nd,4\ne,5\n'
      const steps = ['--cast', 'n:INT64', '--map', 'r => { if (r.n === 4) throw new Error("four"); return r.id }']
      const run = await sluice(['pipe', '--from', 'csv', ...steps, '--rejects', rejects], input)
      expect(run.err).to.match(/^sluice: 3 of 5 records set aside in /)
      expect({code: run.code, out: run.out}).to.deep.equal({code: 0, out: '"a"\n"e"\n'})
      const lines = readFileSync(rejects, 'utf8')
      expect(lines).to.match(/^id,n\n/)
      for (const raw of ['b,x\n', 'c\n', 'd,4\n']) expect(lines).to.include(raw)
      const reasons = readFileSync(`${rejects}.reasons.jsonl`, 'utf8').trim().split('\n')
      const found = reasons.map(line => JSON.parse(line)).sort((a, b) => a.byteOffset - b.byteOffset)
      expect(found.map(({step, line}) => ({step, line}))).to.deep.equal([
        {step: 'Read', line: 3},
        {step: 'Read', line: 4},
        {step: 'map', line: undefined},
      ])
      expect(found[2]).to.include({error: 'four', file: 'standard input', byteOffset: input.indexOf('d,4')})
    })
    it('of CSV in the columns of the header, so that it can be sent again', async () => {
      const rejects = join(dir, 'columns.csv')
      const [a, b] = [file('ab.csv', 'a,b\n1,2\n'), file('ba.csv', 'b,a\n"x,y",3\n')]
      const steps = ['--map', 'r => ({sum: r.a + r.b, ...r})', '--filter', '() => { throw new Error("no") }']
      const run = await sluice(['pipe', '--input', a, b, ...steps, '--rejects', rejects])
      expect(run.code).to.equal(0)
      expect(readFileSync(rejects, 'utf8')).to.equal('a,b\n1,2\n3,"x,y"\n')
      expect((await sluice(['pipe', '--input', rejects])).out).to.equal('{"a":"1","b":"2"}\n{"a":"3","b":"x,y"}\n')
    })
    it('of JSON lines as the line was', async () => {
      const rejects = join(dir, 'again.jsonl')
      await sluice(['pipe', '--from', 'jsonl', '--rejects', rejects], '{"a":1}\n{oops\n')
      expect(readFileSync(rejects, 'utf8')).to.equal('{oops\n')
    })
    it('makes no file when there is nothing to set aside', async () => {
      const rejects = join(dir, 'none')
      expect((await sluice(['pipe', '--rejects', rejects], 'a\n')).code).to.equal(0)
      expect(existsSync(rejects)).to.equal(false)
    })
    it('reports it when the file of rejects cannot be written', async () => {
      const rejects = join(dir, 'no-such-folder', 'x')
      const {code, err} = await sluice(['pipe', '--map', 'x => JSON.parse(x)', '--rejects', rejects], 'x\n')
      expect(code).to.equal(1)
      expect(err).to.match(/^sluice: 1 record could not be processed: .*\n {2}at .*\nsluice: .*ENOENT/)
    })
    it('keeps a file of rejects that is there', async () => {
      const rejects = file('old.csv', 'precious')
      const {code, err} = await sluice(['pipe', '--rejects', rejects], 'a\n')
      expect({code, kept: readFileSync(rejects, 'utf8')}).to.deep.equal({code: 2, kept: 'precious'})
      expect(err).to.include('already exists')
    })
    for (const [max, input, code] of [
      ['2', 'x\nx\n3\n', 0],
      ['1', 'x\nx\n3\n', 3],
      ['50%', 'x\n2\n', 0],
      ['49%', 'x\n2\n', 3],
    ] as const)
      it(`exits with ${code} for ${JSON.stringify(input)} with --max-rejects ${max}`, async () => {
        const run = await sluice(['pipe', '--map', 'x => JSON.parse(x)', '--max-rejects', max], input)
        expect(run.code).to.equal(code)
        expect(run.err).to.match(/^sluice: \d/)
      })
    it('that the output format cannot hold', async () => {
      const {code, out, err} = await sluice(['pipe', '--to', 'csv', '--map', 'x => +x ? x : {x}'], '1\na\n')
      expect({code, out}).to.deep.equal({code: 3, out: 'x\na\n'})
      expect(err).to.include("'1' has no fields")
    })
  })

  describe('exits with 2, says what is wrong, and reads nothing, for', () => {
    for (const [args, message] of [
      [['--nope'], "unknown option '--nope'"],
      [['--from', 'xml'], "argument 'xml' is invalid. Allowed choices are text, csv, tsv, jsonl"],
      [['--input', 'a.parquet'], 'tells no format; give --from'],
      [['--input', 'a.csv', 'b.jsonl'], 'have several formats'],
      [['--to', 'jsno'], "--to is 'jsno'; give text, csv, tsv, jsonl, json, bq:"],
      [['--to', './out'], 'whose extension is not a known format'],
      [['--to', 'gs://b/x.parquet'], 'whose extension is not a known format'],
      [['--to', 'gs://b/x/'], 'whose extension is not a known format'],
      [['--to', 'gs://b.csv'], 'names no object'],
      [['--to', 's3://b/x.csv'], 's3:// is not supported'],
      [['--to', 'out.csv.bz2'], 'bzip2 is read, but not written'],
      [['--to', 'jsonl', '--overwrite'], '--overwrite works only with --to FILE'],
      [['--to', 'no-such.csv', '--schema', 'a:INT64'], '--schema works only with'],
      [['--map', 'x =>'], "--map 'x =>': Unexpected token"],
      [['--map', '5'], "--map '5' is not a function"],
      [['--limit', '0'], "--limit is '0'"],
      [['--max-rejects', 'many'], "--max-rejects is 'many'"],
      [['--from', 'csv', '--cast', 'a:NUMBRE'], "--cast has 'a:NUMBRE'"],
      [['--from', 'jsonl', '--cast', 'auto'], '--cast auto applies to CSV and TSV'],
      [['a.csv', '--input', 'b.csv'], 'give all of them one way: sluice pipe b.csv a.csv'],
      [['-', '-'], 'standard input can be read only once'],
      [['--from', 'csv', ''], 'the name of an input file is empty'],
      [['--csv-quote', 'x'], '--csv-quote applies to CSV'],
      [['--from', 'csv', '--no-csv-header'], '--no-csv-header needs the names of the columns: --csv-columns a,b'],
      [['--from', 'csv', '--csv-quote', 'xx'], 'option `quote` is'],
      [['--schema', 'a:STRING'], '--schema works only with --to bq:'],
      [['--concurrency', '0'], 'whole number of at least 1'],
      [['--drain-deadline', 'soon'], "duration such as '500ms'"],
      [['--with', 'nowhere.ts'], 'nowhere.ts: there is no such file'],
      [['--with', `${STEPS}#nothing`], "has no export 'nothing'; it has"],
      [['--with', `${STEPS}#number`], 'is number; export a DoFn class'],
    ] as const)
      it(args.join(' ').replace(STEPS, 'FILE'), async () => {
        const {code, out, err} = await sluice(['pipe', ...args], 'a\n')
        expect({code, out}).to.deep.equal({code: 2, out: ''})
        expect(err).to.include(message)
      })
  })

  it('exits with 1 when the run fails, with one line', async () => {
    const {code, err} = await sluice(['pipe', '--input', join(dir, 'missing.csv')])
    expect(code).to.equal(1)
    expect(err).to.match(/^sluice: No file matches .*\n$/)
  })

  describe('with Google Cloud', () => {
    let cloud: LocalCloud
    before(async () => {
      cloud = await startLocalCloud()
      const {storage, bigquery} = cloud.clientOptions
      const [bucket] = await new Storage(storage).createBucket('orders')
      await bucket.file('a.csv').save('id,total\na,1\nb,x\n', {resumable: false})
      await new BigQuery(bigquery).createDataset('shop')
    })
    after(() => cloud.close())

    it('writes an object of just the name that was given', async () => {
      const args = ['pipe', '--input', 'gs://orders/*.csv', '--to', 'gs://orders/out/all.jsonl']
      const {code, err} = await sluice(args, '', {...cloud.env})
      expect(code, err).to.equal(0)
      const object = new Storage(cloud.clientOptions.storage).bucket('orders').file('out/all.jsonl')
      expect(String((await object.download())[0])).to.equal('{"id":"a","total":"1"}\n{"id":"b","total":"x"}\n')
      expect((await object.getMetadata())[0].contentType).to.equal('application/x-ndjson')
    })
    it('writes JSON lines to files whose names begin as the name that was given, when that has no ending', async () => {
      const {code, err} = await sluice(['pipe', '--to', 'gs://orders/parts/x'], 'a\n', {...cloud.env})
      expect(code, err).to.equal(0)
      const [files] = await new Storage(cloud.clientOptions.storage).bucket('orders').getFiles({prefix: 'parts/'})
      expect(files.map(({name}) => name)).to.deep.equal(['parts/x-00000-of-00001.jsonl'])
      expect(String((await files[0]!.download())[0])).to.equal('"a"\n')
    })
    it('reads gs:// and writes a table, whose refused rows are rejects too', async () => {
      const rejects = join(dir, 'cloud.csv')
      const to = ['--to', 'bq:local-project:shop.orders', '--schema', 'id:STRING,total:INT64']
      const args = ['pipe', '--input', 'gs://orders/*.csv', ...to, '--rejects', rejects]
      const {code, out, err} = await sluice(args, '', {...cloud.env})
      expect({code, out}, err).to.deep.equal({code: 0, out: ''})
      const [rows] = await new BigQuery(cloud.clientOptions.bigquery).query('SELECT id, total FROM shop.orders')
      expect(rows).to.deep.equal([{id: 'a', total: 1}])
      expect(readFileSync(rejects, 'utf8')).to.equal('id,total\nb,x\n')
    })
  })
})
