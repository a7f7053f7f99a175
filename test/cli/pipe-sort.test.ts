import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {shell, sluice} from './command.ts'

const ORDERS = 'id,name,amount\na,Zed,9\nb,ann,10\nc,Bob,\nd,Eve,2.50\ne,Eve,n/a\nf,Zed,100\n'

async function ids(...args: string[]): Promise<string> {
  const {code, out, err} = await sluice(
    ['pipe', '--from', 'csv', '--to', 'csv', ...args, '--map', 'r => ({id: r.id})'],
    ORDERS,
  )
  expect({code, err}).to.deep.equal({code: 0, err: ''})
  return out.split('\n').slice(1).join('')
}

describe('sluice pipe --sort, --top and --distinct', function () {
  // starts processes, on a machine that may be busy
  this.timeout(120_000)

  it('sorts numbers as numbers, text after them, and blanks last', async () => {
    expect(await ids('--sort', 'amount')).to.equal('dabfec')
  })

  it('goes downward with a dash, and still has blanks last', async () => {
    expect(await ids('--sort', '-amount')).to.equal('fbadec')
  })

  it('is stable, and takes several fields', async () => {
    expect(await ids('--sort', 'name')).to.equal('cdeafb')
    expect(await ids('--sort', 'name,-amount')).to.equal('cdefab')
  })

  it('follows --cast: a STRING is text', async () => {
    expect(await ids('--cast', 'amount:STRING', '--sort', 'amount')).to.equal('cbfdae')
  })

  it('gives the largest or the smallest few', async () => {
    expect(await ids('--top', '2', '--by', 'amount')).to.equal('fb')
    expect(await ids('--top', '2', '--by', '-amount')).to.equal('da')
  })

  it('works on what steps have made, and before a limit', async () => {
    expect(await ids('--filter', 'r => r.amount', '--sort', '-name', '--limit', '3')).to.equal('baf')
  })

  it('keeps the header, also without a record', async () => {
    const {out} = await sluice(['pipe', '--from', 'csv', '--to', 'csv', '--sort', 'a'], 'b,a\n')
    expect(out).to.equal('b,a\n')
  })

  it('leaves text of JSON text', async () => {
    const {out} = await sluice(['pipe', '--from', 'jsonl', '--sort', 'a'], '{"a":"9"}\n{"a":"10"}\n{"a":1}\n')
    expect(out).to.equal('{"a":1}\n{"a":"10"}\n{"a":"9"}\n')
  })

  it('sets aside what has no fields, and counts it with a limit after it', async () => {
    const input = '{"a":2}\n[1]\n{"a":1}\n5\n'
    const {code, out, err} = await sluice(
      ['pipe', '--from', 'jsonl', '--sort', 'a', '--limit', '1', '--max-rejects', '1'],
      input,
    )
    expect(code).to.equal(3)
    expect(out).to.equal('{"a":1}\n')
    expect(err).to.include('2 of 4 records could not be processed').and.include('sort: [ 1 ] has no fields')
  })

  it('reports a field that no record has', async () => {
    const {code, err} = await sluice(['pipe', '--from', 'csv', '--sort', 'amont'], 'id,amount\na,1\n')
    expect(code).to.equal(0)
    expect(err).to.include("--sort: no record has the field 'amont'; the first has id, amount")
  })

  it('keeps the first of equal records, or of equal fields', async () => {
    expect(await ids('--distinct')).to.equal('abcdef')
    expect(await ids('--distinct', 'name')).to.equal('abcd')
    expect(await ids('--select', 'name', '--distinct', '--map', 'r => ({id: r.name})')).to.equal('ZedannBobEve')
  })

  it('takes a missing field for null, and lines of text as they are', async () => {
    const rows = await sluice(['pipe', '--from', 'jsonl', '--distinct', 'a'], '{"b":1}\n{"a":null}\n{"a":0}\n')
    expect(rows.out).to.equal('{"b":1}\n{"a":0}\n')
    const lines = await sluice(['pipe', '--to', 'text', '--distinct'], 'x\ny\nx\n')
    expect(lines.out).to.equal('x\ny\n')
  })

  for (const [args, message] of [
    [['--distinct', 'package.json'], 'Put the files first: sluice pipe package.json --distinct'],
    [['--sort', '-'], "--sort is '-'"],
    [['--sort', 'a,-a'], "--sort has the field 'a' twice"],
    [['--top', '3'], '--top 3 needs to know what to compare: --top 3 --by FIELD'],
    [['--top', '0', '--by', 'a'], "--top is '0'; give a whole number of at least 1"],
    [['--by', 'a'], '--by a has no --top before it'],
    [['--sort', 'a', '--memory', '5kB'], "--memory is '5kB'"],
  ] as const)
    it(`refuses ${args.join(' ')}`, async () => {
      const {code, err} = await sluice(['pipe', '--from', 'csv', ...args], 'a\n1\n')
      expect(code).to.equal(2)
      expect(err).to.include(message)
    })

  describe('beyond memory', () => {
    let dir = ''
    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'sluice-sort-'))
      const lines = Array.from({length: 60_000}, (_, i) => `${i},${(i * 7919) % 10_007},${'x'.repeat(40)}${i % 9}`)
      await writeFile(join(dir, 'big.csv'), `id,key,text\n${lines.join('\n')}\n`)
    })
    after(() => rm(dir, {recursive: true}))

    it('sorts as GNU sort does', async () => {
      const {code, err} = await shell(
        `cd '${dir}' && sluice pipe big.csv --to csv --sort key,-text --memory 1MB > sorted.csv &&
         (head -1 big.csv; tail -n +2 big.csv | LC_ALL=C sort -s -t, -k2,2n -k3,3r) > expected.csv`,
      )
      expect({code, err}).to.deep.equal({code: 0, err: ''})
      expect(await readFile(join(dir, 'sorted.csv'), 'utf8')).to.equal(
        await readFile(join(dir, 'expected.csv'), 'utf8'),
      )
    })

    it('keeps the first of each key', async () => {
      const {code, out} = await shell(
        `cd '${dir}' && sluice pipe big.csv --to csv --distinct key --memory 1MB --sort id |
         diff - <(awk -F, '!seen[$2]++' big.csv)`,
      )
      expect({code, out}).to.deep.equal({code: 0, out: ''})
    })

    it('names the folder and what to do when it cannot write there', async () => {
      const {code, err} = await sluice(['pipe', join(dir, 'big.csv'), '--sort', 'key', '--memory', '1MB'], '', {
        TMPDIR: join(dir, 'missing'),
      })
      expect(code).to.equal(1)
      expect(err).to.include(join(dir, 'missing')).and.include('point TMPDIR to another disk, or raise --memory')
    })

    it('leaves no file behind', async () => {
      await sluice(['pipe', join(dir, 'big.csv'), '--sort', 'key', '--memory', '1MB', '--limit', '1'], '', {
        TMPDIR: dir,
      })
      // Node keeps compiled code there
      const left = (await readdir(dir)).filter(name => !name.endsWith('.csv') && name !== 'node-compile-cache')
      expect(left).to.deep.equal([])
    })
  })
})
