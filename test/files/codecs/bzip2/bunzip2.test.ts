import {execFileSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'
import {bunzip2} from '../../../../lib/files/codecs/bzip2/bunzip2.ts'
import {failureOf} from '../../fixtures.ts'

async function read(bytes: Buffer): Promise<Buffer> {
  const out: Buffer[] = []
  for await (const chunk of bunzip2(from(bytes), 'a.bz2')) out.push(chunk)
  return Buffer.concat(out)
}

async function* from(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

/** Made by `bzip2 -9`. */
const MADE: [string, Buffer, string][] = [
  ['four equal bytes, whose count is 0', Buffer.alloc(4, 7), 'QlpoOTFBWSZTWQj6tQUAAAJAAECAIAAhAIILF3JFOFCQCPq1BQ=='],
  [
    'as many equal bytes as a count can say',
    Buffer.alloc(259, 7),
    'QlpoOTFBWSZTWW0qLx4AAALAAMCAAAggACCqbUGYxUeLuSKcKEg2lRePAA==',
  ],
  ['one more than that', Buffer.alloc(260, 7), 'QlpoOTFBWSZTWRj3TgoAAALAAKCAAAggACCqbUGYxUeLuSKcKEgMe6cFAA=='],
  [
    'two blocks that repeat themselves',
    Buffer.from('ab'.repeat(700_000)),
    'QlpoOTFBWSZTWREfKpgDbuMBADAAIAAwgE1GioQiYVCETmKCskymsk3V4XoD0JkCAGAAQABBSBBkoglWiiCVcXckU4UJAE1KWNA=',
  ],
]

describe('bunzip2', () => {
  for (const [what, content, stored] of MADE)
    it(`reads ${what}`, async () => {
      expect((await read(Buffer.from(stored, 'base64'))).equals(content)).to.equal(true)
    })

  it('reads whatever bzip2 writes', async function () {
    try {
      execFileSync('bzip2', ['--version'], {stdio: 'ignore', input: ''})
    } catch {
      return this.skip()
    }
    const run = fc.tuple(fc.nat(255), fc.oneof(fc.nat(6), fc.nat(600)))
    const runs = fc.array(run, {maxLength: 300, size: 'max'}).map(all => all.map(([byte, n]) => Buffer.alloc(n, byte)))
    const noise = fc.uint8Array({maxLength: 3000, size: 'max'}).map(bytes => [Buffer.from(bytes)])
    await fc.assert(
      fc.asyncProperty(fc.oneof(runs, noise), fc.constantFrom('-1', '-9'), async (parts, level) => {
        const content = Buffer.concat(parts)
        expect((await read(execFileSync('bzip2', [level, '-c'], {input: content}))).equals(content)).to.equal(true)
      }),
      {numRuns: 60},
    )
  })

  it('never gives other content for changed bytes, and never fails without naming the file', async () => {
    const good = Buffer.from(MADE[3]![2], 'base64')
    const change = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({min: 1, max: 255})), {
      minLength: 1,
      maxLength: 3,
    })
    await fc.assert(
      fc.asyncProperty(change, async changes => {
        const bytes = Buffer.from(good)
        for (const [at, bits] of changes) bytes[at]! ^= bits
        fc.pre(!bytes.equals(good))
        const outcome = await read(bytes).catch(error => error)
        if (Buffer.isBuffer(outcome)) expect(outcome.equals(MADE[3]![1])).to.equal(true)
        else expect(outcome.message).to.match(/^a\.bz2 is (damaged|truncated) bzip2 data/)
      }),
      {numRuns: 100},
    )
  })

  it('refuses a block of bzip2 before 0.9.5, and reports it', async () => {
    const bytes = Buffer.from(MADE[0]![2], 'base64')
    bytes[14]! |= 0x80
    expect((await failureOf(read(bytes))).message).to.include('a block of bzip2 before 0.9.5')
  })
})
