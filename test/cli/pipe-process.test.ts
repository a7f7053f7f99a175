import {once} from 'node:events'
import {expect} from 'chai'
import {ended, SHELL_COMMAND, shell, sluice, start} from './command.ts'
import {hasTerminal, terminal} from './terminal.ts'

describe('sluice pipe as a process', function () {
  // each starts processes, on a machine that may be busy
  this.timeout(60_000)
  it('hands a line on before its input ends', async () => {
    const child = start(['pipe'])
    child.stdin!.write('hello\n')
    expect(String((await once(child.stdout!, 'data'))[0])).to.equal('"hello"\n')
    child.stdin!.end()
    expect((await ended(child)).code).to.equal(0)
  })

  it('hands each record of CSV on as soon as its line end is there', async () => {
    const child = start(['pipe', '--from', 'csv'])
    for (const [input, output] of [
      ['a,b\n1,2\n', '{"a":"1","b":"2"}\n'],
      ['3,"x\ny"\n', '{"a":"3","b":"x\\ny"}\n'],
    ]) {
      const shown = once(child.stdout!, 'data')
      child.stdin!.write(input!)
      // were it held back until the next record comes, this would wait for ever
      expect(String((await shown)[0])).to.equal(output)
    }
    child.stdin!.end()
    expect((await ended(child)).code).to.equal(0)
  })

  it('ends quietly, with 141, when its reader goes away, though its input would never end', async () => {
    const {out, err} = await shell(`yes | sluice pipe --from text | head -5; echo "\${PIPESTATUS[1]}"`)
    expect({out, err}).to.deep.equal({out: `${'"y"\n'.repeat(5)}141\n`, err: ''})
  })

  it('ends quietly, with 141, when the reader of CSV goes away', async () => {
    const input = '(echo a,b; yes 1,2)'
    const {out, err} = await shell(`${input} | sluice pipe --from csv --to csv | head -2; echo "\${PIPESTATUS[1]}"`)
    expect({out, err}).to.deep.equal({out: 'a,b\n1,2\n141\n', err: ''})
  })

  it('ends after --limit, though its input would never end', async () => {
    const {out, err} = await shell(`yes | sluice pipe --limit 2; echo "\${PIPESTATUS[1]}"`)
    expect({out, err}).to.deep.equal({out: '"y"\n"y"\n0\n', err: ''})
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`drains on ${signal}: what was read is written, and the exit code is ${code}`, async () => {
      // the second call waits until the first line is out: then the signal has come
      const slow = 'async x => { if (x === "2") await new Promise(r => setTimeout(r, 300)); return x }'
      const child = start(['pipe', '--map', slow])
      child.stdin!.on('error', () => {})
      child.stdin!.write('1\n2\n')
      const first = await once(child.stdout!, 'data')
      child.kill(signal)
      const {code: got, out, err} = await ended(child)
      expect({got, out: String(first[0]) + out, err}).to.deep.equal({got: code, out: '"1"\n"2"\n', err: ''})
    })

  it('stops at once on a second signal', async () => {
    // this listener comes after the one of the command
    const told = 'process.on("SIGTERM", () => console.error("told")); console.error("called")'
    const child = start(['pipe', '--map', `x => { ${told}; return new Promise(() => {}) }`])
    child.stdin!.on('error', () => {})
    child.stdin!.write('1\n')
    const ending = once(child, 'exit')
    for (let n = 0; n < 2; n++) {
      await once(child.stderr!, 'data')
      child.kill('SIGTERM')
    }
    expect(await ending).to.deep.equal([143, null])
  })

  it('gives up a drain after --drain-deadline, and says what was in flight', async () => {
    const stuck = 'x => { console.error("called"); return new Promise(() => {}) }'
    const child = start(['pipe', '--map', stuck, '--drain-deadline', '50ms'])
    child.stdin!.on('error', () => {})
    child.stdin!.write('1\n')
    await once(child.stderr!, 'data')
    child.kill('SIGINT')
    const {code, err} = await ended(child)
    expect(code).to.equal(130)
    expect(err).to.match(/^sluice: .*50 ms.*map/)
  })

  it('shows no progress in a pipe, and with --progress on standard error only', async () => {
    expect((await sluice(['pipe'], 'a\n')).err).to.equal('')
    const {out, err} = await sluice(['pipe', '--progress'], 'a\n')
    expect(out).to.equal('"a"\n')
    expect(err).to.match(/\d+ read, \d+ written, 0 set aside/)
  })

  describe('on a terminal', () => {
    before(function () {
      if (!hasTerminal) this.skip()
    })

    it('takes what is typed, until Ctrl-D', async () => {
      const {code, shown} = await terminal(`${SHELL_COMMAND} pipe`, 'hi\n\x04')
      expect(code).to.equal(0)
      // after what the terminal echoes
      expect(shown).to.match(/"hi"\r\n$/)
    })

    it('shows progress when the output goes elsewhere, and takes it away at the end', async () => {
      const {code, shown} = await terminal(`seq 3 | ${SHELL_COMMAND} pipe > /dev/null`)
      expect(code).to.equal(0)
      expect(shown).to.match(/^\x1b\[\?25l.*\d+ read, /s)
      // what was drawn is erased, and the cursor is there again
      expect(shown.slice(shown.lastIndexOf('set aside'))).to.match(/\x1b\[2K.*\x1b\[\?25h$/s)
    })

    for (const flag of ['--no-progress', '--quiet'])
      it(`shows none with ${flag}`, async () => {
        expect(await terminal(`seq 3 | ${SHELL_COMMAND} pipe ${flag} > /dev/null`)).to.deep.equal({code: 0, shown: ''})
      })

    it('ends on Ctrl-C with 130', async () => {
      const {code, shown} = await terminal(
        `${SHELL_COMMAND} pipe --map 'x => { process.kill(process.pid, "SIGINT"); return x }'`,
        'a\n',
      )
      expect(code).to.equal(130)
      expect(shown).to.include('SIGINT: finishing what was read')
    })
  })
})
