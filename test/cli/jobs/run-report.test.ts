import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {LIBRARY} from '../../support/command.ts'
import {SHELL_COMMAND, shell, sluice} from '../command.ts'
import {hasTerminal, terminal} from '../terminal.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

/** A job over the lines of one file; `take` is what a step does with a line. */
const jobOf = (input: string, take: string, sink = 'discard()') =>
  `import {defineJob, discard, map, readFromText, writeToStdout} from '${LIBRARY}'
   export default defineJob({name: 'lines', build(p) {
     p.apply('Read', readFromText('${input}')).apply('Take', map(${take})).apply('Write', ${sink})
   }})`

describe('what sluice run tells', function () {
  // each starts processes, on a machine that may be busy
  this.timeout(60_000)
  let dir: string
  let works: string
  let fails: string
  let prints: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    const input = join(dir, 'lines.txt')
    writeFileSync(input, `${'x'.repeat(2000)}\n`.repeat(4))
    const job = (name: string, take: string, sink?: string) => {
      writeFileSync(join(dir, name), jobOf(input, take, sink))
      return join(dir, name)
    }
    works = job('works.mjs', 'async x => { await new Promise(setImmediate); return x }')
    fails = job('fails.mjs', 'x => { throw new Error("boom") }')
    prints = job('prints.mjs', 'x => x', "writeToStdout({format: 'text'})")
  })
  after(() => rmSync(dir, {recursive: true}))

  it('gives DoFns that say nothing the calls in flight of --concurrency, and knows the bytes of files', async () => {
    const {code, out} = await sluice(['run', works, '--json', '--concurrency', '3'])
    const {steps} = JSON.parse(out)
    expect({code, peak: steps[1].peakInFlight, extra: steps[0].extra}).to.deep.equal({
      ...{code: 0, peak: 3},
      extra: {files: 1, bytes: 8004, totalBytes: 8004, retries: 0},
    })
  })

  it('shows the element that failed, cut at 1 kB, and none with --no-elements', async () => {
    const {code, err} = await sluice(['run', fails])
    expect(code).to.equal(1)
    expect(err).to.match(/sluice: Take: boom\n {2}at .*:\d+:\d+\n {2}element: x{1024}… \(2000 bytes\)\n$/)
    const without = await sluice(['run', fails, '--no-elements', '--json'])
    expect(without.err)
      .to.match(/sluice: Take: boom\n {2}at .*:\d+:\d+\n$/)
      .and.not.include('xx')
    const {at, stack, ...error} = JSON.parse(without.out).error as Record<string, unknown>
    expect(error).to.deep.equal({code: 'ERR_SLUICE_PROCESS', stage: 'Take', message: 'Take: boom'})
    expect(at).to.have.property('line')
    expect(stack).to.match(/^Error: boom\n/)
  })

  it('writes a log of JSON lines with --log json: the target first, steps and trace ids', async () => {
    const env = {TRACEPARENT: `00-${TRACE}-b7ad6b7169203331-01`, NO_COLOR: '1'}
    const {code, out, err} = await sluice(['run', fails, '--log', 'json'], '', env)
    expect({code, out}).to.deep.equal({code: 1, out: ''})
    const lines = err
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.every(({traceId}) => traceId === TRACE)).to.equal(true)
    expect(lines[0].message).to.match(/^target: /)
    expect(lines.at(-2)).to.include({severity: 'INFO', message: 'the run has ended'})
    const {severity, message, code: error, step, element} = lines.at(-1)
    expect({severity, message, error, step}).to.deep.equal({
      ...{severity: 'ERROR', message: 'Take: boom', error: 'ERR_SLUICE_PROCESS', step: 'Take'},
    })
    expect(element).to.match(/^x{1024}… \(2000 bytes\)$/)
    expect((await sluice(['run', fails, '--log', 'json', '--no-elements'])).err).to.not.include('xx')
  })

  it('writes lines for people with --log pretty', async () => {
    const {err} = await sluice(['run', works, '--log', 'pretty'])
    expect(err).to.match(/^\[\d\d:\d\d:\d\d\] INFO: target: /)
  })

  it('is quiet in a pipe, but for target and summary; with --progress it has a line per step', async () => {
    const {err} = await sluice(['run', works])
    expect(err).to.match(/^target: .*\nstep /)
    const {err: told} = await sluice(['run', works, '--progress'])
    expect(told).to.match(/\nRead {3}out 4.*100% of 8\.0 kB\nTake {3}in 4 {2}out 4.*\nWrite {2}in 4.*\nstep /)
  })

  it('ends quietly, with 141, when the reader of its output goes away', async () => {
    const line = (args: string) => `sluice ${args} | true; echo "\${PIPESTATUS[0]}"`
    expect(await shell(line(`run '${prints}' --quiet`))).to.include({out: '141\n', err: ''})
    expect(await shell(line(`graph '${works}'`))).to.include({out: '141\n', err: ''})
  })

  it('fails with 1 when its output cannot be written', async function () {
    if (!existsSync('/dev/full')) this.skip()
    for (const args of [`graph '${works}'`, `run '${prints}' --quiet`, `run '${works}' --quiet --json`]) {
      const {out, err} = await shell(`sluice ${args} > /dev/full; echo $?`)
      expect(out, args).to.equal('1\n')
      expect(err, args).to.match(/^sluice: .*ENOSPC.*\n$/)
    }
  })

  describe('on a terminal', () => {
    before(function () {
      if (!hasTerminal) this.skip()
    })

    it('shows a line per step in place, with a bar, and at the end the summary', async () => {
      const {code, shown} = await terminal(`NO_COLOR=1 ${SHELL_COMMAND} run ${works}`)
      expect(code).to.equal(0)
      expect(shown).to.match(/^target: .*\r\n\x1b\[\?25l/)
      expect(shown).to.match(/Read .*\r\nTake .*\r\nWrite /)
      // erased, before the summary
      expect(shown).to.match(/\x1b\[2K.*\x1b\[\?25h\r?step /s)
      expect(shown).to.not.include('\x1b[36m')
    })

    for (const flag of ['--no-progress', '--quiet', '--log json'])
      it(`shows none with ${flag}`, async () => {
        const {code, shown} = await terminal(`${SHELL_COMMAND} run ${works} ${flag}`)
        expect({code, progress: shown.includes('\x1b[?25l')}).to.deep.equal({code: 0, progress: false})
      })

    it('shows none when the job writes to the terminal itself', async () => {
      const {shown} = await terminal(`${SHELL_COMMAND} run ${prints}`)
      expect(shown).to.not.include('\x1b[?25l')
    })
  })
})
