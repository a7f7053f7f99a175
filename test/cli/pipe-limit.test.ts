import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {shell, sluice} from './command.ts'

describe('sluice pipe --limit', function () {
  // starts processes, on a machine that may be busy
  this.timeout(60_000)
  const TABLE = 'id,n\na,1\nb,2\nc\nd,x\n(4 rows affected)\n'

  for (const [what, args, out] of [
    ['a malformed record', ['--limit', '2'], '{"id":"a","n":"1"}\n{"id":"b","n":"2"}\n'],
    ['a failing cast', ['--cast', 'n:INT64', '--limit', '2'], '{"id":"a","n":1}\n{"id":"b","n":2}\n'],
    ['a failing step', ['--map', 'r => +r.n > 1 ? r.x.y : 1', '--limit', '1'], '1\n'],
    [
      'a failing asynchronous step',
      ['--map', 'async r => +r.n > 1 ? r.x.y : 1', '--concurrency', '9', '--limit', '1'],
      '1\n',
    ],
    [
      'a failing --flat-map before two limits',
      ['--limit', '9', '--flat-map', 'r => [...r.n]', '--limit', '2'],
      '"1"\n"2"\n',
    ],
  ] as const)
    it(`does not judge ${what} after it`, async () => {
      const run = await sluice(['pipe', '--from', 'csv', ...args], TABLE)
      expect(run).to.deep.equal({code: 0, out, err: ''})
    })
  it('counts nothing after it among the rejects, nor writes it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    try {
      const rejects = join(dir, 'bad.jsonl')
      const {code, err} = await sluice(
        ['pipe', '--from', 'jsonl', '--limit', '2', '--rejects', rejects],
        '1\n{\n2\n{\n{\n',
      )
      expect(code).to.equal(0)
      expect(err).to.match(/^sluice: 1 record set aside in .*, line 2: \{\n$/)
      expect((await readdir(dir)).sort()).to.deep.equal(['bad.jsonl', 'bad.jsonl.reasons.jsonl'])
    } finally {
      await rm(dir, {recursive: true})
    }
  })
  it('judges what stands before it, of several files too', async () => {
    const files = '<(printf "id\\na\\nb,b\\n") <(printf "id\\nc\\nd,d\\n")'
    const {code, out, err} = await shell(`sluice pipe --from csv ${files} --limit 2`)
    expect({code, out}).to.deep.equal({code: 3, out: '{"id":"a"}\n{"id":"c"}\n'})
    expect(err).to.include('1 record could not be processed: Read')
  })
  it('judges everything when it is not reached', async () => {
    expect((await sluice(['pipe', '--from', 'csv', '--limit', '9'], TABLE)).err).to.match(/^sluice: 2 of 5 records/)
  })
  it('after the steps lets them continue', async () => {
    const run = await sluice(['pipe', '--limit', '2', '--map', 'x => x.y.z'], '1\n2\n3\n')
    expect([run.code, run.err.includes('2 of')]).to.deep.equal([3, true])
  })
})
