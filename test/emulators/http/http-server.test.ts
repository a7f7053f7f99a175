import {once} from 'node:events'
import {connect} from 'node:net'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'
import {useLocalCloud} from '../local-cloud.ts'

describe('the HTTP server of the local cloud', () => {
  const local = useLocalCloud()

  it('takes a POST with X-HTTP-Method-Override for that method', async () => {
    await local.bucket.file('a').save('x', {resumable: false, metadata: {metadata: {kept: 'yes'}}})
    const headers = {'x-http-method-override': 'PATCH'}
    const body = '{"contentType": "text/x"}'
    await fetch(`${local.cloud.url}/storage/v1/b/my-bucket/o/a`, {method: 'POST', headers, body})
    const [{contentType, metadata}] = await local.bucket.file('a').getMetadata()
    expect({contentType, metadata}).to.deep.equal({contentType: 'text/x', metadata: {kept: 'yes'}})
  })

  it('answers a HEAD as a GET without its body', async () => {
    await local.bucket.file('a').save('hello', {resumable: false})
    for (const path of ['a', 'a?alt=media'])
      expect((await fetch(`${local.cloud.url}/b/my-bucket/o/${path}`, {method: 'HEAD'})).status).to.equal(200)
    expect((await fetch(`${local.cloud.url}/b/my-bucket/o/b`, {method: 'HEAD'})).status).to.equal(404)
  })

  it('answers an injected status to a client that waits with the rest of its body', async () => {
    local.cloud.faults.add({match: {call: 'objects.insert'}, do: {kind: 'status', status: 503}})
    const socket = connect(Number(new URL(local.cloud.url).port), '127.0.0.1')
    const path = '/upload/storage/v1/b/my-bucket/o?uploadType=media&name=a'
    socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf`)
    const [head] = await once(socket, 'data')
    expect(String(head)).to.match(/^HTTP\/1.1 503 /)
    socket.destroy()
  })

  it('answers what it cannot send with a 500 that says why', async () => {
    const set = {'x-broken': 'a\r\nb'}
    local.cloud.faults.add({match: {call: 'buckets.get'}, do: {kind: 'headers', set}})
    const response = await fetch(`${local.cloud.url}/b/my-bucket`)
    expect(response.status).to.equal(500)
    expect(await response.text()).to.include('x-broken')
  })

  it('closes a connection on which no HTTP comes', async () => {
    const socket = connect(Number(new URL(local.cloud.url).port), '127.0.0.1')
    socket.write('this is no HTTP\r\n\r\n')
    expect(await text(socket)).to.match(/^HTTP\/1.1 400 /)
  })
})
