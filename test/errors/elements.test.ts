import {expect} from 'chai'
import fc from 'fast-check'
import {elementText, forgetElements, SluiceError} from '../../lib/errors/index.ts'
import {printable} from '../../lib/util/index.ts'

describe('elements in errors and logs', () => {
  it('are shown as they are when they are short', () => {
    expect(elementText('a')).to.equal('a')
    expect(elementText({a: [1, null]})).to.equal('{"a":[1,null]}')
    expect(elementText(12n)).to.equal('12n')
    expect(elementText({a: {b: Number.NaN}, c: 12n})).to.equal('{ a: { b: NaN }, c: 12n }')
    expect(elementText([new Map([['a', 1]])])).to.equal("[ Map(1) { 'a' => 1 } ]")
    expect(elementText(undefined)).to.equal('undefined')
    expect(elementText(Buffer.from('a'))).to.equal('<Buffer 61>')
  })

  it('are cut at 1,024 bytes, at a character, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary', minLength: 300, maxLength: 3000}), text => {
        const bytes = Buffer.byteLength(text)
        const shown = elementText(text)
        if (bytes <= 1024) return shown === printable(text)
        const head = shown.slice(0, shown.lastIndexOf('…'))
        return shown.endsWith(`… (${bytes} bytes)`) && printable(text).startsWith(head)
      }),
    )
  })

  it('show no control characters, which could drive a terminal', () => {
    expect(elementText('a\x1b[2J')).to.equal('a\\x1b[2J')
    expect(elementText({a: '\x9b2J'})).to.equal('{"a":"\\x9b2J"}')
  })

  it('are taken off an error and its causes', () => {
    const cause = new SluiceError('ERR_SLUICE_PROCESS', 'inner', {element: 1})
    const error = new SluiceError('ERR_SLUICE_SINK', 'outer', {element: 2, cause})
    forgetElements(error)
    expect([error.element, cause.element]).to.deep.equal([undefined, undefined])
  })
})
