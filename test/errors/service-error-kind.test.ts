import {expect} from 'chai'
import {isTransient, type ServiceErrorKind} from '../../lib/errors/index.ts'

describe('kinds of service errors', () => {
  for (const kind of ['rate-limited', 'unavailable', 'transport', 'deadline'] satisfies ServiceErrorKind[])
    it(`'${kind}' is transient`, () => expect(isTransient(kind)).to.equal(true))

  for (const kind of [
    'not-found',
    'already-exists',
    'permission-denied',
    'unauthenticated',
    'invalid',
    'too-large',
    'precondition-failed',
    'quota-exceeded',
    'unreachable',
    'unknown',
  ] satisfies ServiceErrorKind[])
    it(`'${kind}' is not transient`, () => expect(isTransient(kind)).to.equal(false))
})
