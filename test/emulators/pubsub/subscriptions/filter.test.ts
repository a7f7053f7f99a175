import {expect} from 'chai'
import {parseFilter} from '../../../../lib/emulators/pubsub/subscriptions/filter.ts'

const passes = (filter: string, attributes: Record<string, string>) => parseFilter(filter)!(attributes)

describe('filters of the local Pub/Sub', () => {
  const cases: [string, Record<string, string>, boolean][] = [
    ['attributes.k = "v"', {k: 'v'}, true],
    ['attributes.k = "v"', {k: 'V'}, false],
    ['attributes.k="v"', {}, false],
    ['attributes.k != "v"', {k: 'w'}, true],
    ['attributes.k != "v"', {}, true],
    ['attributes:k', {k: ''}, true],
    ['attributes:k', {}, false],
    ['attributes:toString', {}, false],
    ['attributes:"a key"', {'a key': '1'}, true],
    ['attributes.a-b_c = "1"', {'a-b_c': '1'}, true],
    ['hasPrefix(attributes.k, "ab")', {k: 'abc'}, true],
    ['hasPrefix(attributes.k, "ab")', {k: 'ba'}, false],
    ['hasPrefix(attributes.k, "ab")', {}, false],
    ['NOT attributes:k', {}, true],
    ['-attributes:k', {k: '1'}, false],
    ['NOT NOT attributes:k', {k: '1'}, true],
    ['attributes:a AND attributes:b', {a: '1'}, false],
    ['attributes:a AND attributes:b AND attributes:c', {a: '1', b: '1', c: '1'}, true],
    ['attributes:a OR attributes:b', {b: '1'}, true],
    ['attributes:a AND (attributes:b OR attributes:c)', {a: '1', c: '1'}, true],
    ['NOT (attributes:a OR attributes:b)', {b: '1'}, false],
    ['attributes.k = "say \\"hi\\" \\u00e9"', {k: 'say "hi" é'}, true],
    ['  attributes:a  ', {a: '1'}, true],
  ]
  for (const [filter, attributes, expected] of cases)
    it(`${filter} ${expected ? 'lets' : 'does not let'} ${JSON.stringify(attributes)} through`, () => {
      expect(passes(filter, attributes)).to.equal(expected)
    })

  const bad = [
    'attributes',
    'attributes.k',
    'attributes.k = v',
    "attributes.k = 'v'",
    'attributes.k == "v"',
    'attributes.k = "v',
    'attributes:a and attributes:b',
    'attributes:a AND attributes:b OR attributes:c',
    'attributes:a attributes:b',
    '(attributes:a',
    'attributes:a)',
    'NOT',
    'hasPrefix(attributes.k)',
    'data = "x"',
    'attributes.k > "v"',
  ]
  for (const filter of bad)
    it(`${filter} is refused`, () => {
      expect(() => parseFilter(filter))
        .to.throw('ilter')
        .with.property('code', 3)
    })

  it('a filter of more than 256 bytes is refused', () => {
    expect(() => parseFilter(`attributes.k = "${'é'.repeat(130)}"`))
      .to.throw('256')
      .with.property('code', 3)
  })

  it('an empty filter is none', () => {
    expect(parseFilter(' ')).to.equal(undefined)
  })
})
