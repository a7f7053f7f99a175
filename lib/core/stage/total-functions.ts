/** Functions that cannot fail, whatever the element. */
const total = new WeakSet<Function>()

/** Declares that a function cannot fail, so that no warning asks for error handling. */
export function declareTotal<F extends Function>(fn: F): F {
  total.add(fn)
  return fn
}

/** True for a function that cannot fail. */
export function isTotal(fn: Function): boolean {
  return total.has(fn)
}
