import {expect} from 'chai'
import fc from 'fast-check'
import {WatermarkHolds} from '../../../../lib/core/index.ts'

describe('WatermarkHolds', () => {
  it('let the watermark of the input pass while nothing holds it', () => {
    expect(new WatermarkHolds().limit(5)).to.equal(5)
  })

  it('hold it at the smallest, whatever is released in whatever order', () => {
    const steps = fc.array(fc.record({at: fc.integer({min: 0, max: 50}), release: fc.option(fc.nat())}), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, all => {
        const holds = new WatermarkHolds()
        const open: ReturnType<WatermarkHolds['hold']>[] = []
        for (const {at, release} of all) {
          open.push(holds.hold(at))
          if (release !== null) {
            const [gone] = open.splice(release % open.length, 1)
            gone!.release()
            gone!.release()
          }
          expect(holds.minimum).to.equal(Math.min(...open.map(({watermark}) => watermark)))
        }
        for (const hold of open) hold.release()
        expect(holds.minimum).to.equal(Number.POSITIVE_INFINITY)
      }),
    )
  })
})
