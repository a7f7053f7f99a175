import {expect} from 'chai'
import fc from 'fast-check'
import {encodeKey} from '../../../lib/state/keys/encode-key.ts'
import {keyOf} from '../../../lib/state/keys/key-of.ts'
import {anyKey, isOneKey} from './support.ts'

const hex = (value: unknown) => encodeKey(value).toString('hex')
const sorted = (values: readonly unknown[]) => [...values].sort((a, b) => Buffer.compare(encodeKey(a), encodeKey(b)))

describe('encodeKey', () => {
  it('has the documented bytes', () => {
    expect(hex(undefined)).to.equal('01')
    expect(hex(null)).to.equal('02')
    expect(hex(false)).to.equal('03')
    expect(hex(true)).to.equal('04')
    expect(hex(1)).to.equal('05bff0000000000000')
    expect(hex(-1)).to.equal('05400fffffffffffff')
    expect(hex(0)).to.equal('058000000000000000')
    expect(hex(-0)).to.equal(hex(0))
    expect(hex(Number.NaN)).to.equal('05fff8000000000000')
    expect(hex(258n)).to.equal('06800000020102')
    expect(hex(-258n)).to.equal('067ffffffefefd')
    expect(hex(new Date(1))).to.equal('07bff0000000000000')
    expect(hex('aä\0b')).to.equal('0861c3a400ff6200')
    expect(hex('\ud800')).to.equal('09d800ff00')
    expect(hex(Buffer.from([0, 1]))).to.equal('0a00ff0100')
    expect(hex([null, 'a'])).to.equal('0b0208610000')
    expect(hex({b: null, a: true, c: undefined})).to.equal('0c086100040862000200')
  })

  it('sorts numbers, BigInts, Dates and strings by value', () => {
    const {MIN_VALUE, MAX_VALUE} = Number
    const numbers = [-Infinity, -MAX_VALUE, -2, -1, -MIN_VALUE, 0, MIN_VALUE, 1, 2, 1e300, Infinity, Number.NaN]
    expect(sorted([...numbers].reverse())).to.deep.equal(numbers)
    const integers = [-(2n ** 80n), -65536n, -65535n, -256n, -255n, -1n, 0n, 1n, 255n, 256n, 65535n, 2n ** 80n]
    expect(sorted([...integers].reverse())).to.deep.equal(integers)
    const dates = [-1e15, -1, 0, 1, 1e15].map(ms => new Date(ms))
    expect(sorted([...dates].reverse())).to.deep.equal(dates)
    const texts = ['', '\0', '\0a', 'a', 'a\0', 'aa', 'b', 'ä', '\uffff', '😀']
    expect(sorted([...texts].reverse())).to.deep.equal(texts)
    const arrays = [[], [1], [1, 'a'], [2], ['a'], ['a', 1], ['b']]
    expect(sorted([...arrays].reverse())).to.deep.equal(arrays)
  })

  it('gives two values the same bytes exactly if they are one key', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(encodeKey(a).equals(encodeKey(b))).to.equal(isOneKey(a, b))
      }),
      {numRuns: 5_000},
    )
  })

  it('takes a key whose getter encodes another, and one that throws', () => {
    const nested = {
      get a() {
        return hex('x')
      },
      b: 1,
    }
    expect(hex(nested)).to.equal(hex({a: hex('x'), b: 1}))
    expect(() => encodeKey(['a', () => 1])).to.throw(/^key\[1\] is a function/)
    expect(hex('a')).to.equal('086100')
  })

  it('takes keys larger than its buffer', () => {
    const large = {text: 'ä'.repeat(100_000), bytes: Buffer.alloc(10_000)}
    expect(encodeKey(large).length).to.be.greaterThan(200_000)
    expect(keyOf(large)).to.be.a('string')
  })
})
