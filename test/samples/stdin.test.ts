import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {programCommand} from '../support/program.ts'

describe('samples/stdin.ts', () => {
  const run = async (input: string) => {
    const file = fileURLToPath(new URL('../../samples/stdin.ts', import.meta.url))
    const [node = '', ...program] = programCommand(file)
    const child = spawn(node, program)
    child.stdin.end(input)
    const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return {out, errors, code}
  }

  it('is a stage between process.stdin and process.stdout', async () => {
    const lines = Array.from({length: 3000}, (_, i) => `${i},2.5,${i}\n`).join('')
    const {out, errors, code} = await run(`id,amount,quantity\n${lines}`)
    expect({code, errors}).to.deep.equal({code: 0, errors: ''})
    const rows = out.trimEnd().split('\n')
    expect(rows).to.have.length(3000)
    expect(rows[2]).to.equal('{"id":"2","total":5}')
  }).timeout(60_000)

  it('fails with what is wrong', async () => {
    const {errors, code} = await run('id,amount,quantity\na,x,2\n')
    expect(code).to.equal(1)
    expect(errors).to.match(/Total: order a: 'x' times '2' is not a number/)
  }).timeout(60_000)
})
