import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {inspect} from 'node:util'
import {expect} from 'chai'
import {ERROR_CODES, messageOf, SluiceError, wrapError} from '../../lib/errors/index.ts'

describe('SluiceError', () => {
  it('carries code, stage, element and cause', () => {
    const cause = new Error('boom')
    const error = new SluiceError('ERR_SLUICE_PROCESS', 'message', {stage: 'Step', element: {id: 1}, cause})
    expect([error.code, error.stage, error.element, error.cause]).to.deep.equal([
      'ERR_SLUICE_PROCESS',
      'Step',
      {id: 1},
      cause,
    ])
    expect(error.name).to.equal('SluiceError')
  })

  it('is an Error with its own name in a subclass', () => {
    class BatchError extends SluiceError {}
    const error = new BatchError('ERR_SLUICE_BATCH', 'x')
    expect(error).to.be.instanceOf(Error)
    expect(error).to.be.instanceOf(SluiceError)
    expect(error.name).to.equal('BatchError')
  })

  it('does not print the element: elements may be private', () => {
    const error = new SluiceError('ERR_SLUICE_PROCESS', 'message', {element: {secret: 'hush'}})
    expect(inspect(error)).to.not.include('hush')
    expect(JSON.stringify(error)).to.not.include('hush')
  })

  it('knows errors of another copy of the package', () => {
    const other = Object.assign(new Error('x'), {[Symbol.for('sluice.error/1')]: true})
    expect(other).to.be.instanceOf(SluiceError)
    expect(new Error('x')).to.not.be.instanceOf(SluiceError)
    expect(null as unknown).to.not.be.instanceOf(SluiceError)
  })

  it('of a subclass is not every SluiceError', () => {
    class BatchError extends SluiceError {}
    expect(new SluiceError('ERR_SLUICE_SINK', 'x')).to.not.be.instanceOf(BatchError)
  })

  it('has a cause only when one is given', () => {
    expect('cause' in new SluiceError('ERR_SLUICE_SINK', 'x')).to.equal(false)
    expect('cause' in new SluiceError('ERR_SLUICE_SINK', 'x', {cause: undefined})).to.equal(true)
  })
})

describe('wrapError', () => {
  it('wraps anything once, with the original as cause', () => {
    const cause = new Error('boom')
    const error = wrapError('ERR_SLUICE_SINK', m => `Write: ${m}`, cause, {stage: 'Write'})
    expect([error.message, error.cause, error.stage]).to.deep.equal(['Write: boom', cause, 'Write'])
  })

  it('gives a SluiceError back as it is, and names the stage when it has none', () => {
    const inner = new SluiceError('ERR_SLUICE_READ', 'inner')
    expect(wrapError('ERR_SLUICE_SINK', m => m, inner, {stage: 'A'})).to.equal(inner)
    wrapError('ERR_SLUICE_SINK', m => m, inner, {stage: 'B'})
    expect(inner.stage).to.equal('A')
  })
})

describe('messageOf', () => {
  it('finds a message in whatever was thrown', () => {
    expect([new Error('a'), new TypeError(), 'text', 7, undefined, null].map(messageOf)).to.deep.equal([
      'a',
      'TypeError',
      'text',
      '7',
      'undefined',
      'null',
    ])
  })
})

describe('error codes', () => {
  it('are each explained by one sentence', () => {
    for (const [code, sentence] of Object.entries(ERROR_CODES)) {
      expect(code).to.match(/^ERR_SLUICE_[A-Z_]+$/)
      expect(sentence).to.match(/^\S.* .*\.$/)
    }
  })

  it('are all in docs/errors.md', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8')
    expect(Object.keys(ERROR_CODES).filter(code => !page.includes(code))).to.deep.equal([])
  })
})
