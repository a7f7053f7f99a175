import {expect} from 'chai'
import {lineLogger} from '../../../lib/core/index.ts'

describe('lineLogger', () => {
  const lines: string[] = []
  const logger = lineLogger(line => lines.push(line))
  beforeEach(() => lines.splice(0))

  it('writes facts as JSON', () => {
    logger.warn('late', {ms: 5})
    expect(lines).to.deep.equal(['sluice warn: late {"ms":5}\n'])
  })
  it('shows facts that JSON cannot hold, and does not throw', () => {
    logger.error('bad row', {id: 9007199254740993n, total: Number.NaN})
    expect(lines).to.deep.equal(['sluice error: bad row { id: 9007199254740993n, total: NaN }\n'])
  })
})
