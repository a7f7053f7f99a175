import {existsSync} from 'node:fs'
import {expect} from 'chai'
import {SHELL_COMMAND, shell} from './command.ts'
import {hasTerminal, terminal} from './terminal.ts'

describe('standard streams of sluice pipe', function () {
  // starts processes, on a machine that may be busy
  this.timeout(60_000)
  const failing = `--map 'x => x.y.z'`

  for (const [what, to] of [
    ['is full', '/dev/full'],
    ['is closed', '&-'],
    ['has no reader', '>(true)'],
  ] as const) {
    it(`write the data when standard error ${what}`, async function () {
      if (to === '/dev/full' && !existsSync(to)) this.skip()
      const {code, out} = await shell(
        `seq 3 | sluice pipe --progress --select x --max-rejects 9 2> ${to}; echo $?`.replace('> &', '>&'),
      )
      expect({code, out}).to.deep.equal({code: 0, out: '0\n'})
      const run = await shell(`seq 3 | sluice pipe --progress 2> ${to}; echo $?`.replace('> &', '>&'))
      expect(run.out).to.equal('"1"\n"2"\n"3"\n0\n')
    })
    it(`give the exit code of rejects when standard error ${what}`, async function () {
      if (to === '/dev/full' && !existsSync(to)) this.skip()
      expect((await shell(`seq 3 | sluice pipe ${failing} 2> ${to}; echo $?`.replace('> &', '>&'))).out).to.equal('3\n')
    })
  }
  for (const format of ['jsonl', 'json', 'csv'])
    it(`that are full fail the run, with --to ${format}`, async function () {
      if (!existsSync('/dev/full')) this.skip()
      const {out, err} = await shell(
        `{ echo '{"a":1}' | sluice pipe --from jsonl --to ${format} > /dev/full; echo $? >&2; }`,
      )
      expect(out).to.equal('')
      expect(err).to.match(/^sluice: .*ENOSPC.*\n1\n$/)
    })
  it('that are full fail a run without records, which has a header to write', async function () {
    if (!existsSync('/dev/full')) this.skip()
    const {err} = await shell('{ echo a | sluice pipe --from csv --to csv > /dev/full; echo $? >&2; }')
    expect(err).to.match(/^sluice: .*ENOSPC.*\n1\n$/)
  })
  it('that are closed hold nothing', async () => {
    expect(await shell('sluice pipe <&-')).to.deep.equal({code: 0, out: '', err: ''})
  })

  describe('on a terminal', () => {
    before(function () {
      if (!hasTerminal) this.skip()
    })
    it('say what is waited for', async () => {
      const {shown} = await terminal(`${SHELL_COMMAND} pipe - > /dev/null`, 'hi\n\x04')
      expect(shown).to.include('reading from the terminal until Ctrl-D')
      expect((await terminal(`${SHELL_COMMAND} pipe --quiet > /dev/null`, 'hi\n\x04')).shown).not.to.include('typed')
    })
    it('show progress with --to FILE', async () => {
      const {code, shown} = await terminal(
        `d=$(mktemp -d); seq 3 | ${SHELL_COMMAND} pipe --to $d/x.jsonl; code=$?; rm -r $d; exit $code`,
      )
      expect(code).to.equal(0)
      expect(shown).to.match(/\d+ read, /)
    })
  })
})
