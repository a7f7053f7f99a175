import {expect} from 'chai'
import {assert as forAll, property, string} from 'fast-check'
import {printable, printableLine} from '../../lib/util/index.ts'

describe('printable', () => {
  it('escapes what drives a terminal, and leaves line feeds and tabs', () => {
    expect(printable('a\x1b[2J\x07\r\n\tb\x7f\x9b31m\0')).to.equal('a\\x1b[2J\\x07\\r\n\tb\\x7f\\x9b31m\\x00')
  })

  it('escapes what turns the direction of text around', () => {
    expect(printable('user\u202etxt.exe\u2066')).to.equal('user\\u202etxt.exe\\u2066')
  })

  it('leaves text of every language alone', () => {
    for (const text of ['', 'Zürich', '日本語', 'שלום', '👩‍🚀', 'a\u00a0b']) expect(printable(text)).to.equal(text)
  })

  it('leaves no control character, whatever comes', () => {
    forAll(
      property(string({unit: 'binary'}), text => {
        const shown = printable(text)
        expect(shown).to.not.match(/[\0-\x08\x0b-\x1f\x7f-\x9f]/)
        expect(printable(shown)).to.equal(shown)
        expect(printableLine(text)).to.equal(shown.replaceAll('\n', '\\n').replaceAll('\t', '\\t'))
      }),
    )
  })
})
