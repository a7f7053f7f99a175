import {CRC32C} from '@google-cloud/storage'
import {expect} from 'chai'
import fc from 'fast-check'
import {Crc32c} from '../../lib/util/crc32c.ts'

const crc = (bytes: Uint8Array) => new Crc32c().update(bytes).digest()

describe('Crc32c', () => {
  it('gives the check value of the CRC catalogue for "123456789"', () => {
    expect(crc(Buffer.from('123456789'))).to.equal(0xe3069283)
  })

  it('gives the iSCSI test vectors of RFC 3720 B.4', () => {
    expect(crc(Buffer.alloc(32))).to.equal(0x8a9136aa)
    expect(crc(Buffer.alloc(32, 0xff))).to.equal(0x62a8ab43)
    expect(crc(Buffer.from(Array.from({length: 32}, (_, i) => i)))).to.equal(0x46dd794e)
    expect(crc(Buffer.from(Array.from({length: 32}, (_, i) => 31 - i)))).to.equal(0x113fdb5c)
  })

  it('is 0, AAAAAA== in base64, for no bytes', () => {
    expect(new Crc32c().digest()).to.equal(0)
    expect(new Crc32c().base64()).to.equal('AAAAAA==')
  })

  it('agrees with the official client for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 300}), bytes => {
        const theirs = new CRC32C()
        theirs.update(Buffer.from(bytes))
        expect(new Crc32c().update(bytes).base64()).to.equal(theirs.toString())
      }),
    )
  })

  it('does not depend on how the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({maxLength: 50}), {maxLength: 10}), chunks => {
        const cut = new Crc32c()
        for (const chunk of chunks) cut.update(chunk)
        expect(cut.digest()).to.equal(crc(Buffer.concat(chunks)))
      }),
    )
  })

  it('continues after a digest', () => {
    const one = new Crc32c().update(Buffer.from('12345'))
    one.digest()
    expect(one.update(Buffer.from('6789')).digest()).to.equal(0xe3069283)
  })
})
