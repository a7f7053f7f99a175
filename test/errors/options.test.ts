import {expect} from 'chai'
import {
  badOption,
  booleanOption,
  checkOptionNames,
  durationOption,
  enumOption,
  integerOption,
  show,
} from '../../lib/errors/index.ts'

describe('option checks', () => {
  it('say which option of what, what was given and what is allowed', () => {
    const error = badOption('readFromText', 'header', 7, 'true or false')
    expect(error.message).to.equal('readFromText: option `header` is 7; give true or false')
    expect([error.code, error.stage]).to.deep.equal(['ERR_SLUICE_OPTION', 'readFromText'])
  })

  it('give the default for undefined, and what was given otherwise', () => {
    expect(integerOption('x', 'n', undefined, 5, 1)).to.equal(5)
    expect(integerOption('x', 'n', 7, 5, 1)).to.equal(7)
    expect(enumOption('x', 'e', undefined, 'a', ['a', 'b'])).to.equal('a')
    expect(enumOption('x', 'e', 'b', 'a', ['a', 'b'])).to.equal('b')
    expect(booleanOption('x', 'b', undefined, true)).to.equal(true)
    expect(booleanOption('x', 'b', false, true)).to.equal(false)
  })

  it('refuse what is out of range or of another type', () => {
    for (const given of [0, 11, 1.5, '5', null, Number.NaN])
      expect(() => integerOption('x', 'n', given, 5, 1, 10)).to.throw('give an integer from 1 to 10')
    expect(() => integerOption('x', 'n', 0, 5, 1)).to.throw('give an integer of at least 1')
    expect(() => enumOption('x', 'e', 'c', 'a', ['a', 'b'])).to.throw("give one of 'a', 'b'")
    expect(() => booleanOption('x', 'b', 'yes', true)).to.throw('give true or false')
  })

  it('take known names and no options at all', () => {
    checkOptionNames('x', undefined, ['a'])
    checkOptionNames('x', {a: 1}, ['a'])
  })

  it('name the nearest known option for a typo', () => {
    expect(() => checkOptionNames('x', {concurency: 1}, ['concurrency'])).to.throw('did you mean `concurrency`?')
    expect(() => checkOptionNames('x', {CONCURRENCY: 1}, ['concurrency'])).to.throw('did you mean `concurrency`?')
    expect(() => checkOptionNames('x', {zzz: 1}, ['a', 'b'])).to.throw('unknown option `zzz`. Known options: a, b')
  })

  it('tell the smallest duration that is allowed', () => {
    expect(() => durationOption('sink', 'requestTimeout', 0, 1, 1)).to.throw('at least 1 ms')
  })

  it('refuse options that are not an object', () => {
    for (const given of [null, [], 7 as never])
      expect(() => checkOptionNames('x', given as object, [])).to.throw('an options object')
  })

  it('show values on one line of at most 100 characters', () => {
    expect(show({a: {b: {c: 1}}})).to.equal('{ a: { b: [Object] } }')
    expect(show('x'.repeat(500)).length).to.be.at.most(120)
    expect(show(Object.fromEntries(Array.from({length: 100}, (_, i) => [`key${i}`, i])))).to.have.length(100)
    expect(show('a\nb')).to.not.include('\n')
  })
})
