/** Functions that fail for no element, whatever it is. */
const total = new WeakSet<Function>()

/** Notes that a function fails for no element, so that nobody is warned of it. */
export function declareTotal<F extends Function>(fn: F): F {
  total.add(fn)
  return fn
}

/** True for a function that fails for no element. */
export function isTotal(fn: Function): boolean {
  return total.has(fn)
}
