const KEY = Symbol.for('sluice.test.after-each')
// by way of the global object: Mocha may load this module as CommonJS, and tests as an ES module
const waiting = ((globalThis as {[KEY]?: Set<() => void>})[KEY] ??= new Set())

/** Does this after the test, once: ends what the test leaves waiting, which would be reported when the process ends. */
export function afterThisTest(end: () => void): void {
  waiting.add(end)
}

export const mochaHooks = {
  afterEach(): void {
    for (const end of waiting) end()
    waiting.clear()
  },
}
