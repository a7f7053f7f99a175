import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {expect} from 'chai'
import fc from 'fast-check'
import {type SpilledRecord, SpillFile} from '../../lib/core/side/spill-file.ts'
import {sizeOfValues, unspillable} from '../../lib/core/side/spill-value.ts'
import {numbers, rejection} from './support.ts'

describe('SpillFile', () => {
  const saved = process.env['TMPDIR']
  let dir = ''
  let file = new SpillFile('Step')

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-spill-'))
    process.env['TMPDIR'] = dir
    file = new SpillFile('Step')
  })
  afterEach(async () => {
    await file.close()
    if (saved === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = saved
    rmSync(dir, {recursive: true})
  })

  it('gives records back as they were', async () => {
    const records = [[1, 'a', null, undefined, 12n], {d: new Date(5), m: new Map([[1, {x: 'ü'}]])}, Buffer.from([1, 2])]
    const at: SpilledRecord[] = []
    for (const record of records) at.push(await file.append(record))
    const back = []
    for (const record of at) back.push(await file.take(record))
    expect(back).to.deep.equal(records)
    expect(Buffer.isBuffer(back[2])).to.equal(true)
  })

  it('has no name while it is in use, so that nothing stays behind however the process ends', async () => {
    await file.append('x')
    expect(readdirSync(dir)).to.deep.equal([])
  })

  it('uses its space anew when everything was read', async () => {
    for (let round = 0; round < 3; round++) {
      const [a, b] = [await file.append('first'), await file.append('second')]
      expect(a.offset).to.equal(0)
      expect([await file.take(a), await file.take(b)]).to.deep.equal(['first', 'second'])
    }
  })

  it('can be written while it is read', async () => {
    let last = await file.append([0])
    for (const n of numbers(50, 1)) {
      const [next, value] = await Promise.all([file.append([n]), file.take(last)])
      expect(value).to.deep.equal([n - 1])
      last = next
    }
  })

  it('fails after close(), naming the step', async () => {
    const record = await file.append('x')
    await file.close()
    const error = await rejection(file.take(record))
    expect(error).to.include({code: 'ERR_SLUICE_READ', stage: 'Step'})
  })
})

describe('what can wait on disk', () => {
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
    expect(fine.map(value => unspillable(value, 'row'))).to.deep.equal(fine.map(() => undefined))
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
    it(`is not: ${what}`, () => expect(unspillable(value, 'row')).to.equal(what))

  it('comes back equal from disk', async () => {
    const file = new SpillFile('Step')
    const values = fc.anything({withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true})
    try {
      await fc.assert(
        fc.asyncProperty(values, async value => {
          fc.pre(unspillable(value, 'row') === undefined)
          // chai sorts the entries of maps by their text, which not every object has
          const back = await file.take(await file.append({value}))
          expect(isDeepStrictEqual(back, {value})).to.equal(true)
        }),
        {numRuns: 200},
      )
    } finally {
      await file.close()
    }
  })

  it('is measured on a few values, and guessed for those that cannot be measured', () => {
    const size = sizeOfValues(numbers(1000).map(n => ({n, text: 'x'.repeat(100)})))
    expect(size).to.be.within(100_000, 200_000)
    expect(sizeOfValues([() => {}, () => {}])).to.equal(2048)
    expect(sizeOfValues([])).to.equal(0)
  })
})
