import {expect} from 'chai'
import {notPlain} from '../../../lib/core/bundle/plain-data.ts'

describe('plain data', () => {
  it('is plain data, as deep as it goes', () => {
    const shared = {x: 1}
    const cyclic: Record<string, unknown> = {shared, again: shared}
    cyclic['self'] = cyclic
    const fine = [
      1,
      'a',
      null,
      undefined,
      10n,
      cyclic,
      [new Date(), /x/, new Map([[1, new Set([2])]]), Buffer.from('a'), new Float64Array(2), new ArrayBuffer(2)],
      Object.create(null),
    ]
    expect(fine.map(value => notPlain(value, 'row'))).to.deep.equal(fine.map(() => undefined))
  })

  class Money {}
  for (const [value, what] of [
    [new Money(), 'row is a Money'],
    [{a: [{b: new Money()}]}, 'row.a[0].b is a Money'],
    [{f: () => {}}, 'row.f is a function'],
    [{s: Symbol('s')}, 'row.s is a symbol'],
    [new Map([[1, new Money()]]), 'a value of row is a Money'],
    [new Map([[new Money(), 1]]), 'a key of row is a Money'],
    [new Set([new Money()]), 'a member of row is a Money'],
    [new (class extends Map {})(), 'row is a class instance'],
  ] as const)
    it(`is not: ${what}`, () => expect(notPlain(value, 'row')).to.equal(what))
})
