import {expect} from 'chai'
import {partialResponse} from '../../../lib/emulators/http/partial-response.ts'
import {useLocalCloud} from '../local-cloud.ts'

const LIST = {kind: 'k', nextPageToken: 't', items: [{name: 'a', size: '1', owner: {id: 'x', entity: 'y'}}]}

describe('partialResponse', () => {
  const masks: [string, object][] = [
    ['kind', {kind: 'k'}],
    ['items(name,size),nextPageToken', {nextPageToken: 't', items: [{name: 'a', size: '1'}]}],
    ['items/name', {items: [{name: 'a'}]}],
    ['items/name,items/size', {items: [{name: 'a', size: '1'}]}],
    ['items(name,owner/id)', {items: [{name: 'a', owner: {id: 'x'}}]}],
    ['*', LIST],
    ['items/owner/*', {items: [{owner: {id: 'x', entity: 'y'}}]}],
    ['missing', {}],
  ]
  for (const [fields, expected] of masks)
    it(`leaves ${fields}`, () => expect(partialResponse(LIST, fields)).to.deep.equal(expected))

  it('refuses a malformed mask', () => {
    for (const fields of ['items(', 'a,,b', 'a)', ''])
      expect(() => partialResponse(LIST, fields)).to.throw('Invalid field')
  })

  const local = useLocalCloud()
  it('applies to the listing of the official client', async () => {
    await local.bucket.file('a').save('hello')
    const [files] = await local.bucket.getFiles({fields: 'items(name),nextPageToken'})
    expect(files).to.deep.equal([{name: 'a'}])
  })
})
