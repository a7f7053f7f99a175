import {printable} from '../util/index.ts'
import type {SluiceErrorCode} from './codes.ts'
import {messageOf} from './thrown.ts'

const BRAND = Symbol.for('sluice.error/1')

/** What a {@link SluiceError} carries besides its message. */
export interface SluiceErrorDetails {
  /** Name of the stage (step) in which the error occurred. */
  stage?: string | undefined
  /** The element that was being processed. Kept as an own, non-enumerable property: elements may be private. */
  element?: unknown
  /** The original error. */
  cause?: unknown
}

/**
 * Every error that sluice itself raises: a stable `code`, the `stage`, the `element` and the original `cause`,
 * and a message that says what to do.
 *
 * @example
 * try {
 *   await chain(readFromText('orders.csv'), map(line => line.split(',')), discard())
 * } catch (error) {
 *   if (error instanceof SluiceError && error.code === 'ERR_SLUICE_PROCESS') console.error(error.stage, error.cause)
 * }
 */
export class SluiceError extends Error {
  readonly code: SluiceErrorCode
  /** Name of the stage in which the error occurred; the innermost one if it passed through several. */
  stage: string | undefined
  declare readonly element: unknown

  constructor(code: SluiceErrorCode, message: string, details: SluiceErrorDetails = {}) {
    nameInStacks(new.target)
    // the message may quote data
    super(printable(message), 'cause' in details ? {cause: details.cause} : undefined)
    this.name = new.target.name
    this.code = code
    this.stage = details.stage
    Object.defineProperty(this, 'element', {value: details.element, enumerable: false, configurable: true})
    Object.defineProperty(this, BRAND, {value: true})
  }

  /** True for a SluiceError of any copy of the package that lives in this process. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== SluiceError) return Function.prototype[Symbol.hasInstance].call(this, value)
    try {
      return typeof value === 'object' && value !== null && BRAND in value
    } catch {
      // a Proxy whose traps throw
      return false
    }
  }
}

/** Makes stack traces begin with the name of the class: V8 reads it from the prototype when the error is created. */
export function nameInStacks({name, prototype}: Function): void {
  if (!Object.hasOwn(prototype, 'name'))
    Object.defineProperty(prototype, 'name', {value: name, writable: true, configurable: true})
}

/** Returns `cause` itself if it is already a SluiceError, with the stage added if it has none; otherwise wraps it once. */
export function wrapError(
  code: SluiceErrorCode,
  message: (causeMessage: string) => string,
  cause: unknown,
  details: Omit<SluiceErrorDetails, 'cause'> = {},
): SluiceError {
  if (cause instanceof SluiceError) return noteStage(cause, details.stage)
  return new SluiceError(code, message(messageOf(cause)), {...details, cause})
}

/** Adds the stage and the element to an error that does not carry them yet. A frozen error stays as it is. */
export function noteStage(error: SluiceError, stage: string | undefined, element?: unknown): SluiceError {
  if (Object.isFrozen(error)) return error
  error.stage ??= stage
  if (error.element === undefined && element !== undefined)
    Object.defineProperty(error, 'element', {value: element, configurable: true})
  return error
}
