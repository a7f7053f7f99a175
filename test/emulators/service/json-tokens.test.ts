import {expect} from 'chai'
import fc from 'fast-check'
import {replaceJsonTokens} from '../../../lib/emulators/service/json-tokens.ts'

const LONG = 9_000_000

/** Tokens in angle brackets. */
const marked = (text: string) => replaceJsonTokens(text, token => `<${token}>`)

describe('replaceJsonTokens', () => {
  for (const [text, found] of [
    ['{"a":[1,-2.5e+10,"b\\"3"],"4":null}', '{<"a">:[<1>,<-2.5e+10>,<"b\\"3">],<"4">:null}'],
    ['"\\\\" 1', '<"\\\\"> <1>'],
    ['-', '-'],
    ['"open 1', '<"open 1>'],
    ['"open\\', '<"open\\>'],
    ['', ''],
  ] as const)
    it(`finds strings and numbers in ${text || 'nothing'}`, () => expect(marked(text)).to.equal(found))

  it('leaves a text as it is when it puts tokens back', () => {
    fc.assert(fc.property(fc.json(), text => replaceJsonTokens(text, token => token) === text))
  })

  it('finds the same as JSON.parse', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.double({noNaN: true, noDefaultInfinity: true}))), values => {
        const tokens: unknown[] = []
        replaceJsonTokens(JSON.stringify(values), token => {
          tokens.push(JSON.parse(token))
          return token
        })
        expect(tokens).to.deep.equal(JSON.parse(JSON.stringify(values)))
      }),
    )
  })

  for (const [what, text] of [
    ['a long string', `"${'a'.repeat(LONG)}"`],
    ['many escapes', `"${'\\n'.repeat(LONG / 2)}"`],
    ['a long number', '1'.repeat(LONG)],
    ['quotes that nothing closes', '\\"'.repeat(300_000)],
  ] as const)
    it(`reads ${what} once, with the stack that there is`, () => {
      expect(replaceJsonTokens(text, token => token) === text).to.equal(true)
    })
})
