import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'
import {childCommand, startChild} from './support.ts'

describe('a job in the shell', () => {
  it('has one typed line on standard output at once, though nothing follows and the input stays open', async () => {
    const {child, ended} = startChild('shout.ts')
    for (const word of ['hello', 'world']) {
      const shown = once(child.stdout!, 'data')
      child.stdin!.write(`${word}\n`)
      // were it held back until more comes or the input ends, this would wait for ever
      expect(String((await shown)[0])).to.equal(`{"shout":"${word.toUpperCase()}"}\n`)
    }
    child.stdin!.end()
    expect(await ended).to.include({code: 0, errors: ''})
  }).timeout(60_000)

  it('ends quietly with code 0 when its reader goes away (| head -2), though its input would never end', async () => {
    const filter = childCommand('shout.ts')
      .map(part => `'${part}'`)
      .join(' ')
    const child = spawn('bash', ['-c', `yes line | ${filter} | head -n 2; echo "\${PIPESTATUS[1]}"`])
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    expect({out, errors}).to.deep.equal({out: '{"shout":"LINE"}\n{"shout":"LINE"}\n0\n', errors: ''})
  }).timeout(60_000)

  it('brings 100,000 lines through, in order and complete', async () => {
    const count = 100_000
    const {child, ended} = startChild('shout.ts')
    child.stdin!.end(Array.from({length: count}, (_, i) => `line ${i}\n`).join(''))
    const {code, out, errors} = await ended
    expect({code, errors}).to.deep.equal({code: 0, errors: ''})
    const lines = out.split('\n')
    expect(lines.pop()).to.equal('')
    expect(lines).to.have.length(count)
    const wrong = lines.findIndex((line, i) => line !== `{"shout":"LINE ${i}"}`)
    expect(wrong).to.equal(-1)
  }).timeout(60_000)

  it('takes a last line without a newline, and an empty input', async () => {
    const one = startChild('shout.ts')
    one.child.stdin!.end('last')
    const none = startChild('shout.ts')
    none.child.stdin!.end()
    expect((await one.ended).out).to.equal('{"shout":"LAST"}\n')
    expect(await none.ended).to.deep.equal({code: 0, signal: null, out: '', errors: ''})
  }).timeout(60_000)
})
