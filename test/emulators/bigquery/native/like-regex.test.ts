import {expect} from 'chai'
import {likeRegex} from '../../../../lib/emulators/bigquery/native/like-regex.ts'

describe('the regular expression of a LIKE pattern', () => {
  for (const [pattern, yes, no] of [
    ['a%', ['a', 'a\nb'], ['ba']],
    ['_', ['x', '\n'], ['', 'xy']],
    ['\\%\\_\\\\', ['%_\\'], ['x_\\']],
    ['(a|b)*.+[^c]{1}$^?', ['(a|b)*.+[^c]{1}$^?'], ['a']],
  ] as const)
    it(`${pattern} matches what the pattern matches`, () => {
      const regex = new RegExp(`^(?:${likeRegex(pattern)})$`, 's')
      for (const text of yes) expect(regex.test(text), text).to.equal(true)
      for (const text of no) expect(regex.test(text), text).to.equal(false)
    })
  it('does not exist for a pattern that ends in a backslash', () => {
    expect(likeRegex('a\\')).to.equal(undefined)
  })
})
