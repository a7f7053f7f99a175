import fc from 'fast-check'

/** A few values of each kind, so that equal ones meet often. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, false, 0, -0, 1, -1, 1.5, Number.NaN, 2 ** 53, -Infinity),
  fc.constantFrom<unknown>(0n, 1n, -1n, 2n ** 70n, -(2n ** 70n)),
  fc.constantFrom<unknown>('', '0', '1', 'a', '\0', '\0z', '\0s1:a', 's1:a', '[', '}', '1,', '\ud800', '😀'),
  fc.constantFrom(0, 1, -1).map(ms => new Date(ms)),
  fc.uint8Array({maxLength: 2}),
  fc.uint8Array({maxLength: 2, max: 1}).map(bytes => Buffer.from(bytes)),
  fc.double(),
  fc.bigInt(),
  fc.string({unit: 'binary', maxLength: 4}),
)

/** Keys of all kinds. */
export const anyKey: fc.Arbitrary<unknown> = fc.letrec<{key: unknown}>(tie => ({
  key: fc.oneof(
    {maxDepth: 3, depthSize: 'small'},
    leaf,
    fc.array(tie('key'), {maxLength: 3}),
    fc.dictionary(fc.constantFrom('a', 'b', '1:a', '', '__proto__'), tie('key'), {maxKeys: 3, noNullPrototype: false}),
  ),
})).key

/** The slow, obvious rule of what is one key. */
export function isOneKey(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return a === b || (typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b))
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime()
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((part, i) => isOneKey(part, b[i]))
  const fields = (of: object) => new Map(Object.entries(of).filter(([, value]) => value !== undefined))
  const [left, right] = [fields(a), fields(b)]
  return (
    left.size === right.size && [...left].every(([name, value]) => right.has(name) && isOneKey(value, right.get(name)))
  )
}
