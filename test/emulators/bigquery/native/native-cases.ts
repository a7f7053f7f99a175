import {expect} from 'chai'
import type {Native} from '../../../../lib/emulators/bigquery/native/define.ts'

/** Arguments of a call, and what it returns, or the message that it throws. */
export type NativeCase = readonly [args: readonly unknown[], result: unknown]

/** One test per function: its cases; and one that no function is without them. */
export function nativeTests(natives: readonly Native[], cases: Readonly<Record<string, readonly NativeCase[]>>): void {
  for (const {name, call} of natives)
    it(name, () => {
      for (const [args, result] of cases[name] ?? [])
        if (result instanceof RegExp) expect(() => call(...args), String(args)).to.throw(result)
        else expect(plain(call(...args)), String(args)).to.deep.equal(result)
    })
  it('is tested for every function', () => {
    expect(Object.keys(cases).sort()).to.deep.equal(natives.map(({name}) => name).sort())
  })
}

const plain = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
