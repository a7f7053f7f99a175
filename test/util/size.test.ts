import {expect} from 'chai'
import {parseSize} from '../../lib/util/index.ts'

describe('sizes', () => {
  it('are bytes, or a number with a unit', () => {
    const given = [0, 9.7, '500B', '500kB', '9MB', '1GB', '64KiB', '8MiB', '1GiB', '1.5MB', '1.001kB', '0.3MiB']
    expect(given.map(parseSize)).to.deep.equal([
      ...[0, 9, 500, 500_000, 9_000_000, 1e9],
      ...[65_536, 8_388_608, 2 ** 30, 1_500_000, 1001, 314_572],
    ])
  })

  it('are nothing else', () => {
    for (const given of [-1, Number.NaN, '9', '9 potatoes', '9mb', `${'9'.repeat(400)}B`, '0x9B', '', null, undefined])
      expect(parseSize(given), String(given)).to.equal(undefined)
  })
})
