import {setImmediate} from 'node:timers/promises'
import {SluiceError} from '../../lib/errors/index.ts'

/** The SluiceError that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<SluiceError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('it resolved')
}

/** The SluiceError that a function throws. */
export function thrown(fn: () => unknown): SluiceError {
  try {
    fn()
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('it did not throw')
}

/** Lets everything that is ready run. */
export async function settle(rounds = 10): Promise<void> {
  for (let i = 0; i < rounds; i++) await setImmediate()
}

/** `[from, from + 1, …]`, `count` numbers. */
export function numbers(count: number, from = 0): number[] {
  return Array.from({length: count}, (_, k) => from + k)
}
