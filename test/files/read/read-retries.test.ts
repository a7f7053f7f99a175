import {expect} from 'chai'
import type {FaultAction} from '../../../lib/emulators/index.ts'
import {contentOf, failureOf, noise, useCloud} from '../fixtures.ts'

describe('retries of gs:// reads', () => {
  const fixture = useCloud()

  for (const [what, action] of [
    ['503', {kind: 'status', status: 503}],
    ['429', {kind: 'status', status: 429}],
    ['403 rateLimitExceeded on a listing', {kind: 'status', status: 403, reason: 'rateLimitExceeded'}],
    ['a reset before the answer', {kind: 'reset'}],
  ] as [string, FaultAction][])
    it(`tries again after ${what}, waiting 1 to 32 s`, async () => {
      await fixture.put('a', noise(10))
      const call = what.includes('listing') ? 'objects.list' : 'objects.media'
      fixture.cloud.faults.add({match: {call}, times: 7, do: action})
      const [file] = await fixture.files.match('gs://my-bucket/*')
      expect(await contentOf(fixture.files, file!)).to.have.length(10)
      expect(fixture.clock.waits).to.deep.equal([1500, 3000, 6000, 12_000, 24_000, 24_000, 24_000])
    })

  it('starts with short waits again once a byte came', async () => {
    const file = await fixture.put('a', noise(100_000))
    const call = 'objects.media'
    fixture.cloud.faults.add({match: {call}, nth: [1, 2, 4], do: {kind: 'status', status: 500}})
    fixture.cloud.faults.add({match: {call}, nth: 3, do: {kind: 'truncate', afterBytes: 50_000}})
    await contentOf(fixture.files, file)
    expect(fixture.clock.waits).to.deep.equal([1500, 3000, 1500])
  })

  it('honours Retry-After', async () => {
    const file = await fixture.put('a', noise(10))
    const action = {kind: 'status', status: 429, headers: {'Retry-After': '17'}} as const
    fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: action})
    await contentOf(fixture.files, file)
    expect(fixture.clock.waits).to.deep.equal([17_000])
  })

  it('gives up after 15 minutes without progress, with the last error', async () => {
    const file = await fixture.put('a', noise(10))
    fixture.cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'status', status: 503, message: 'not today'}})
    const error = await failureOf(contentOf(fixture.files, file))
    expect(error).to.include({code: 'ERR_SLUICE_READ'})
    expect(error.message).to.match(/gs:\/\/my-bucket\/a could not be read: no progress for 14 m .*not today.*retryFor/)
    expect(fixture.clock.time).to.be.within(800_000, 900_000)
  })

  it('makes each try one request: the client does not repeat on its own', async () => {
    const file = await fixture.put('a', noise(10))
    fixture.cloud.faults.add({match: {call: 'objects.media'}, times: 2, do: {kind: 'status', status: 503}})
    await contentOf(fixture.files, file)
    expect(fixture.cloud.log.of({call: 'objects.media'})).to.have.length(3)
    expect(fixture.retries).to.have.length(2)
  })
})
