import {expect} from 'chai'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {assertThat, containsInAnyOrder, equalTo, isEmpty, type Matcher} from '../../lib/testing/index.ts'
import {create} from '../../lib/transforms/index.ts'
import {numbers, rejection} from '../transforms/support.ts'

/** The message of a check that must fail, without its first line's beginning. */
async function complaint<T>(actual: T[], matcher: Matcher<T>): Promise<string> {
  const error = await rejection(assertThat(create(actual), matcher as Matcher<unknown>))
  expect(error.code).to.equal('ERR_SLUICE_ASSERTION')
  return error.message
}

describe('assertThat', () => {
  it('checks streams and arrays', async () => {
    await assertThat(create([1, 2]), equalTo([1, 2]))
    await assertThat([1, 2], equalTo([1, 2]))
  })
  it('adds a step to a Pipeline that fails its run', async () => {
    const p = new Pipeline()
    assertThat(p.apply(create([1, 2])), equalTo([1]), 'Check')
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_ASSERTION', stage: 'Check'})
  })
  it('takes a matcher of the user', async () => {
    const even: Matcher<number> = {
      description: 'even',
      check: xs => (xs.every(x => x % 2 === 0) ? undefined : 'it is not'),
    }
    await assertThat([2], even)
    expect(await complaint([1], even)).to.equal('assertThat: expected even; it is not')
  })
  it('refuses anything that is not a matcher', async () => {
    expect(() => assertThat([1], [1] as never)).to.throw(/option `matcher` is \[ 1 \]/)
  })
})

describe('equalTo', () => {
  it('compares deeply', async () => {
    await assertThat([{a: [1, new Date(0)]}], equalTo([{a: [1, new Date(0)]}]))
  })
  it('says where the first difference is', async () => {
    expect(await complaint([{a: 1}, {a: 2}], equalTo([{a: 1}, {a: 3}]))).to.equal(
      'assertThat: expected equal to 2 elements in order; at index 1\n  expected { a: 3 }\n  but got  { a: 2 }',
    )
  })
  it('says what is too many or missing', async () => {
    expect(await complaint([1, 2, 3], equalTo([1]))).to.match(/2 elements too many, from index 1: 2, 3$/)
    expect(await complaint([1], equalTo([1, 2]))).to.match(/1 element missing, from index 1: 2$/)
  })
})

describe('containsInAnyOrder', () => {
  it('does not mind the order', async () => {
    await assertThat(
      [
        {a: 1, b: 2},
        {a: 3, b: 4},
      ],
      containsInAnyOrder([
        {b: 4, a: 3},
        {b: 2, a: 1},
      ]),
    )
  })
  it('minds how often an element comes', async () => {
    expect(await complaint([1, 1], containsInAnyOrder([1]))).to.match(/got 2 elements\n {2}unexpected 1 element: 1$/)
  })
  it('says what is missing and what is unexpected, a few of each', async () => {
    const message = await complaint([...numbers(10), -1], containsInAnyOrder([...numbers(3), 77]))
    expect(message).to.equal(
      'assertThat: expected 4 elements in any order; got 11 elements\n' +
        '  missing 1 element: 77\n  unexpected 8 elements: 3, 4, 5, 6, 7, … 3 more',
    )
  })
})

describe('isEmpty', () => {
  it('holds for no elements only', async () => {
    await assertThat(create([]), isEmpty())
    expect(await complaint([1], isEmpty())).to.equal('assertThat: expected empty; got 1 element: 1')
  })
})
