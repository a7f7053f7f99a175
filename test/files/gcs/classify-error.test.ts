import {expect} from 'chai'
import {classifyError, isRetried} from '../../../lib/files/gcs/classify-error.ts'
import {UnexpectedAnswer} from '../../../lib/util/index.ts'

const failing = (fields: object, message = 'it failed') => Object.assign(new Error(message), fields)

describe('errors of Cloud Storage', () => {
  for (const [what, error, kind, retried] of [
    ['status 400', failing({code: 400}), 'invalid', false],
    ['status 401', failing({code: 401}), 'unauthenticated', false],
    ['status 403', failing({code: 403}), 'permission-denied', false],
    ['status 404', failing({code: '404'}), 'not-found', false],
    ['status 412', failing({code: 412}), 'precondition-failed', false],
    ['status 429', failing({code: 429}), 'rate-limited', true],
    ['status 503', failing({status: 503}), 'unavailable', true],
    ['status 504', failing({status: 504}), 'deadline', true],
    ['a rate limit with 403', failing({code: 403, errors: [{reason: 'rateLimitExceeded'}]}), 'rate-limited', true],
    ['a refused token with 400', failing({code: 400}, 'invalid_grant'), 'unauthenticated', false],
    ['a reset', failing({code: 'ECONNRESET'}), 'transport', true],
    ['no answer in time', failing({code: 'ETIMEDOUT'}), 'deadline', true],
    ['nobody at the address', failing({code: 'ECONNREFUSED'}), 'unreachable', true],
    ['an unknown host in a message', new Error('getaddrinfo ENOTFOUND storage'), 'unreachable', true],
    ['no credentials', new Error('Could not load the default credentials.'), 'unauthenticated', false],
    ['a page', new UnexpectedAnswer('objects.get', 'it is a page', {status: 200}), 'transport', true],
    ['a page that refuses', new UnexpectedAnswer('objects.get', 'it is a page', {status: 403}), 'unknown', false],
    ['anything else', new TypeError('x is not a function'), 'unknown', false],
  ] as const)
    it(`are ${kind} for ${what}, and ${retried ? 'retried' : 'final'}`, () => {
      const failure = classifyError(error)
      expect(failure).to.include({kind, cause: error})
      expect(isRetried(failure)).to.equal(retried)
    })
})
