import {expect} from 'chai'
import fc from 'fast-check'
import {Deadlines} from '../../../../lib/emulators/pubsub/messages/deadlines.ts'

describe('the deadlines of the local Pub/Sub', () => {
  it('say what is due and when the first is, whatever was added and removed', () => {
    const action = fc.record({item: fc.nat(20), time: fc.integer({min: -50, max: 700}), remove: fc.boolean()})
    fc.assert(
      fc.property(fc.array(action, {maxLength: 100}), fc.integer({min: -60, max: 800}), (actions, now) => {
        const deadlines = new Deadlines<number>()
        const model = new Map<number, number>()
        for (const {item, time, remove} of actions) {
          const known = model.get(item)
          if (known !== undefined) deadlines.remove(item, known)
          model.delete(item)
          if (!remove) {
            deadlines.add(item, time)
            model.set(item, time)
          }
          expect(deadlines.earliest()).to.equal(Math.min(...model.values()))
        }
        const due = [...model].filter(([, time]) => time <= now).map(([item]) => item)
        expect(deadlines.due(now)).to.have.members(due)
      }),
    )
  })

  it('have nothing due once cleared', () => {
    const deadlines = new Deadlines<string>()
    deadlines.add('a', 5)
    deadlines.clear()
    expect(deadlines.due(10)).to.deep.equal([])
    expect(deadlines.earliest()).to.equal(Number.POSITIVE_INFINITY)
  })

  it('leave an item that is not due of those that are near it', () => {
    const deadlines = new Deadlines<string>()
    deadlines.add('a', 100)
    deadlines.add('b', 101)
    expect(deadlines.due(100)).to.deep.equal(['a'])
    expect(deadlines.earliest()).to.equal(100)
    deadlines.remove('a', 100)
    expect(deadlines.earliest()).to.equal(101)
  })
})
