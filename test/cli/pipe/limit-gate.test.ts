import {expect} from 'chai'
import {LimitGate} from '../../../lib/cli/pipe/limit-gate.ts'
import type {Reject, RejectLog} from '../../../lib/cli/pipe/rejects/reject-log.ts'

const FILES = [1, 2].map(file => ({file, recordAt: () => undefined}))
const at = (file: number, offset: number) => ({keeper: FILES[file - 1]!, offset})
const reject = (name: string, file: number, offset: number): Reject => ({
  step: name,
  error: 'e',
  element: name,
  origin: at(file, offset),
})

describe('what is set aside before a limit', () => {
  let told: string[]
  let gate: LimitGate
  beforeEach(() => {
    told = []
    const log: Pick<RejectLog, 'add'> = {
      add: async rejects => void told.push(...rejects.map(({step}) => step)),
    }
    gate = new LimitGate(log as RejectLog)
  })

  it('counts once something after it has passed', async () => {
    await gate.add([reject('a', 1, 10), reject('b', 1, 30)])
    expect(told).to.deep.equal([])
    gate.passed(at(1, 20))
    expect(told).to.deep.equal(['a'])
    gate.passed(at(2, 0))
    expect(told).to.deep.equal(['a', 'b'])
  })
  it('counts if it stands before the last record that passes, however late it comes', async () => {
    gate.reached(at(1, 20))
    await gate.add([reject('a', 1, 10), reject('b', 1, 30), reject('c', 2, 0), reject('same', 1, 20)])
    await gate.ended()
    expect(told).to.deep.equal(['a', 'same'])
  })
  it('does not count after the limit that comes first', async () => {
    await gate.add([reject('a', 1, 10), reject('b', 1, 30), reject('c', 2, 0)])
    gate.reached(at(1, 30))
    gate.reached(at(2, 50))
    await gate.ended()
    expect(told).to.deep.equal(['a', 'b'])
  })
  it('counts when the input ends before the limit', async () => {
    await gate.add([reject('a', 1, 10)])
    await gate.ended()
    expect(told).to.deep.equal(['a'])
  })
  it('counts at once when no record stands for it', async () => {
    await gate.add([{...reject('a', 1, 10), origin: undefined}])
    expect(told).to.deep.equal(['a'])
  })
  it('is not held without end', async () => {
    for (let i = 0; i <= 256; i++)
      await gate.add([{...reject(String(i), 1, i), origin: {keeper: {file: 1, recordAt: () => undefined}, offset: i}}])
    expect(told).to.have.length(257)
  })
})
