import {expect} from 'chai'
import fc from 'fast-check'
import {decodeKey} from '../../../lib/state/keys/decode-key.ts'
import {encodeKey} from '../../../lib/state/keys/encode-key.ts'
import {anyKey, isOneKey} from './support.ts'

describe('decodeKey', () => {
  it('gives back what was encoded, with its types', () => {
    const value = {a: [1, 1n, -(2n ** 100n), null, true, new Date(5)], b: '\ud800x\0', c: {d: -1.5}}
    expect(decodeKey(encodeKey(value))).to.deep.equal(value)
  })

  it('gives back bytes as a Buffer of its own', () => {
    const encoded = encodeKey(new Uint8Array([0, 1, 0]))
    const decoded = decodeKey(encoded) as Buffer
    encoded.fill(7)
    expect(Buffer.isBuffer(decoded)).to.equal(true)
    expect([...decoded]).to.deep.equal([0, 1, 0])
  })

  it('gives back a property named __proto__', () => {
    const decoded = decodeKey(encodeKey(JSON.parse('{"__proto__":{"x":1}}')))
    expect(JSON.stringify(decoded)).to.equal('{"__proto__":{"x":1}}')
  })

  it('gives back one key with what was encoded', () => {
    fc.assert(
      fc.property(anyKey, value => {
        const decoded = decodeKey(encodeKey(value))
        expect(isOneKey(decoded, value)).to.equal(true)
        expect(encodeKey(decoded)).to.deep.equal(encodeKey(value))
      }),
      {numRuns: 5_000},
    )
  })

  it('refuses bytes that are not a key', () => {
    for (const wrong of [[], [0], [0x0d], [2, 2], [5, 1], [6, 0x80, 0, 0, 1], [8, 97], [0x0b, 2], [0x0c, 2, 2, 0]])
      expect(() => decodeKey(Uint8Array.from(wrong))).to.throw(/are no encoded key/)
  })
})
