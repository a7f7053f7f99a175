import {expect} from 'chai'
import type {BigQueryError, BigQueryErrorKind} from '../../../../lib/io/bigquery/index.ts'
import {classifyInsert, classifyRows} from '../../../../lib/io/bigquery/inserts/classify-insert.ts'
import {errorOfAnswer, errorOfConnection, retryOf} from '../../../../lib/io/bigquery/service/classify-error.ts'
import {toSluiceError} from '../../../../lib/io/bigquery/service/to-sluice-error.ts'

const NOW = Date.parse('2024-01-31T12:00:00Z')

function answer(status: number, reason = '', message = '', headers: Record<string, string> = {}): BigQueryError {
  const data = {error: {code: status, message, errors: reason ? [{reason, message}] : []}}
  return errorOfAnswer({status, data, header: name => headers[name]}, NOW)
}

describe('BigQuery: what a failed call means', () => {
  const table: [number, string, string, BigQueryErrorKind][] = [
    [429, 'rateLimitExceeded', '', 'rate-limited'],
    [500, 'internalError', '', 'unavailable'],
    [502, '', '', 'unavailable'],
    [503, 'backendError', '', 'unavailable'],
    [504, '', '', 'deadline'],
    [408, '', '', 'deadline'],
    [403, 'rateLimitExceeded', '', 'rate-limited'],
    [403, 'quotaExceeded', '', 'quota-exceeded'],
    [429, 'quotaExceeded', '', 'quota-exceeded'],
    [403, 'accessDenied', '', 'permission-denied'],
    [403, '', '', 'permission-denied'],
    [403, 'billingNotEnabled', '', 'precondition-failed'],
    [401, 'authError', '', 'unauthenticated'],
    [404, 'notFound', '', 'not-found'],
    [409, 'duplicate', '', 'already-exists'],
    [413, '', '', 'too-large'],
    [400, 'badRequest', 'Request payload size exceeds the limit: 10485760 bytes.', 'too-large'],
    [400, 'invalid', 'too many rows present in the request, limit: 50000', 'too-large'],
    [400, 'invalid', 'something else', 'invalid'],
    [400, 'backendError', '', 'unavailable'],
    [418, 'constructor', '', 'unknown'],
  ]
  for (const [status, reason, message, kind] of table) {
    it(`HTTP ${status} ${reason} ${message} is ${kind}`, () => {
      expect(answer(status, reason, message)).to.include({kind, status, reason})
    })
  }

  it('reads the words of an HTML page of a proxy', () => {
    const html = '<html><head><style>x{}</style></head><body><h1>413.</h1> <p>Your client is too large</body></html>'
    const error = errorOfAnswer({status: 413, data: html, header: () => undefined}, NOW)
    expect(error).to.include({kind: 'too-large', message: '413. Your client is too large'})
  })

  for (const html of ['<script', '<style>', '<', '</script', '<script><style>', ' ', '<a '])
    it(`reads a page of any length once: ${html}`, () => {
      const error = errorOfAnswer({status: 503, data: html.repeat(300_000), header: () => undefined}, NOW)
      expect(error.message.length).to.be.at.most(300)
    })

  it('leaves a text that is not a page as it is, and cuts out what is not shown in one', () => {
    const said = (data: string) => errorOfAnswer({status: 503, data, header: () => undefined}, NOW).message
    expect(said('1 < 2 and 3 > 2')).to.equal('1 2')
    expect(said('a < b')).to.equal('a < b')
    expect(said('<p>Out</p><script>if (a < b) { x("</p>") }</script > of <SCRIPT src="x"></SCRIPT>order')).to.equal(
      'Out of order',
    )
  })

  it('reads Retry-After in seconds and as a date', () => {
    expect(answer(503, '', '', {'retry-after': '7'}).retryAfterMs).to.equal(7000)
    expect(answer(503, '', '', {'retry-after': 'Wed, 31 Jan 2024 12:00:30 GMT'}).retryAfterMs).to.equal(30_000)
    expect(answer(503, '', '', {'retry-after': 'soon'}).retryAfterMs).to.equal(undefined)
  })

  it('takes a broken connection for something that passes', () => {
    const error = errorOfConnection(Object.assign(new Error('socket hang up'), {code: 'ECONNRESET'}), {
      loopback: false,
      reached: false,
    })
    expect(error).to.include({kind: 'transport', status: 0, reason: 'ECONNRESET'})
  })

  it('takes a refused connection to this machine for an emulator that is not there', () => {
    const refused = Object.assign(new Error('refused'), {code: 'ECONNREFUSED'})
    expect(errorOfConnection(refused, {loopback: true, reached: false}).kind).to.equal('unreachable')
    expect(errorOfConnection(refused, {loopback: false, reached: false}).kind).to.equal('transport')
  })

  it('a name that is not found is wrong at first, and a passing fault once the service has answered', () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), {code: 'ENOTFOUND'})
    expect(errorOfConnection(unknown, {loopback: false, reached: false}).kind).to.equal('unreachable')
    expect(errorOfConnection(unknown, {loopback: false, reached: true}).kind).to.equal('transport')
  })

  it('a certificate that is not trusted is not waited for', () => {
    const untrusted = Object.assign(new Error('self-signed'), {code: 'DEPTH_ZERO_SELF_SIGNED_CERT'})
    const error = errorOfConnection(untrusted, {loopback: false, reached: false})
    expect(error.kind).to.equal('unreachable')
    expect(retryOf(error)).to.equal(undefined)
    expect(toSluiceError('Write', 'insert', undefined, error).message).to.include('NODE_EXTRA_CA_CERTS')
  })

  it('retries quotas for 10 minutes', () => {
    expect(retryOf(answer(403, 'quotaExceeded'))).to.include({within: 600_000})
  })

  it('retries a 404 for 10 minutes when this run has just created the table, and else not at all', () => {
    expect(classifyInsert(answer(404, 'notFound'), true)).to.deep.equal({retry: {kind: 'freshTable', within: 600_000}})
    expect(classifyInsert(answer(404, 'notFound'), false)).to.deep.equal({fatal: true})
  })

  it('rejects the rows for a partition out of bounds, and says what can reach it', () => {
    const words = "The destination table's partition t$20200101 is outside the allowed bounds."
    const verdict = classifyInsert(answer(400, 'invalid', words), false) as {reject: {message: string}}
    expect(verdict.reject.message).to.contain(words).and.contain('31 days').and.contain('load job')
  })
})

describe('BigQuery: what a row error means', () => {
  const classify = async (errors: object[], has = false) =>
    (await classifyRows([{index: 3, errors}], async () => has))[0]!

  for (const reason of ['backendError', 'internalError', 'timeout', 'rateLimitExceeded', 'stopped']) {
    it(`${reason} is sent again`, async () => {
      expect((await classify([{reason}])).retry).to.deep.equal({kind: 'row'})
    })
  }

  it('invalid is a reject, with index, field and message', async () => {
    const errors = [{reason: 'invalid', location: 'total', message: 'Cannot convert value', debugInfo: ''}]
    expect(await classify(errors)).to.deep.equal({
      index: 3,
      errors: [{reason: 'invalid', location: 'total', message: 'Cannot convert value'}],
      retry: undefined,
    })
  })

  it('one permanent reason among passing ones is a reject', async () => {
    expect((await classify([{reason: 'stopped'}, {reason: 'invalid'}])).retry).to.equal(undefined)
  })

  it('a field that the table has is retried for 5 minutes', async () => {
    const errors = [{reason: 'invalid', location: 'added', message: 'no such field: added.'}]
    expect((await classify(errors, true)).retry).to.deep.equal({kind: 'staleSchema', within: 300_000})
    expect((await classify(errors, false)).retry).to.equal(undefined)
  })

  it('no reason at all is a reject', async () => {
    expect((await classify([])).errors[0]!.reason).to.equal('unknown')
  })

  it('a value out of the bounds of streaming says what can reach it', async () => {
    const message = 'Value 1 for field day is outside the allowed bounds. You can only stream to date range …'
    expect((await classify([{reason: 'invalid', location: 'day', message}])).errors[0]!.message).to.contain('load job')
  })
})
