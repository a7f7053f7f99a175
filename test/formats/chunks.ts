import {expect} from 'chai'
import {SluiceError} from '../../lib/errors/index.ts'

/** The same bytes in several chunks. */
export function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...at.filter(n => n < bytes.length), bytes.length])].sort((a, b) => a - b)
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end))
}

/** The SluiceError that `fn` throws. */
export function caught(fn: () => unknown): SluiceError {
  try {
    fn()
  } catch (error) {
    expect(error).to.be.instanceOf(SluiceError)
    return error as SluiceError
  }
  throw new Error('nothing was thrown')
}
