import {expect} from 'chai'
import {routeOf} from '../../../lib/emulators/http/routes.ts'

describe('routeOf', () => {
  const calls: [string, string, string][] = [
    ['GET', '/b?project=p', 'buckets.list'],
    ['POST', '/b?project=p', 'buckets.insert'],
    ['GET', '/storage/v1/b/B?', 'buckets.get'],
    ['DELETE', '/b/B', 'buckets.delete'],
    ['GET', '/b/B/o?prefix=x', 'objects.list'],
    ['GET', '/b/B/o/O', 'objects.get'],
    ['GET', '/b/B/o/O?alt=media', 'objects.media'],
    ['HEAD', '/download/storage/v1/b/B/o/O?alt=media', 'objects.media'],
    ['PATCH', '/b/B/o/O', 'objects.patch'],
    ['DELETE', '/b/B/o/O', 'objects.delete'],
    ['POST', '/b/B/o/O/compose', 'objects.compose'],
    ['POST', '/b/B/o/O/rewriteTo/b/C/o/P', 'objects.rewrite'],
    ['POST', '/upload/storage/v1/b/B/o?uploadType=multipart', 'objects.insert'],
    ['POST', '/upload/storage/v1/b/B/o?uploadType=media&name=x', 'objects.insert'],
    ['POST', '/upload/storage/v1/b/B/o?uploadType=resumable', 'uploads.start'],
    ['PUT', '/upload/storage/v1/b/B/o?uploadType=resumable&upload_id=1', 'uploads.put'],
    ['GET', '/projects/p/datasets', 'datasets.list'],
    ['POST', '/bigquery/v2/projects/p/datasets', 'datasets.insert'],
    ['GET', '/projects/p/datasets/d', 'datasets.get'],
    ['PATCH', '/projects/p/datasets/d', 'datasets.patch'],
    ['DELETE', '/projects/p/datasets/d?deleteContents=true', 'datasets.delete'],
    ['GET', '/projects/p/datasets/d/tables', 'tables.list'],
    ['POST', '/projects/p/datasets/d/tables', 'tables.insert'],
    ['GET', '/projects/p/datasets/d/tables/t?prettyPrint=false', 'tables.get'],
    ['PATCH', '/projects/p/datasets/d/tables/t', 'tables.patch'],
    ['DELETE', '/projects/p/datasets/d/tables/t', 'tables.delete'],
    ['POST', '/projects/p/datasets/d/tables/t/insertAll', 'tabledata.insertAll'],
    ['GET', '/projects/p/datasets/d/tables/t/data', 'tabledata.list'],
    ['POST', '/projects/p/jobs', 'jobs.insert'],
    ['POST', '/upload/bigquery/v2/projects/p/jobs?uploadType=multipart', 'jobs.insert'],
    ['GET', '/projects/p/jobs', 'jobs.list'],
    ['GET', '/projects/p/jobs/j', 'jobs.get'],
    ['POST', '/projects/p/jobs/j/cancel', 'jobs.cancel'],
    ['POST', '/projects/p/queries', 'jobs.query'],
    ['GET', '/projects/p/queries/j', 'jobs.getQueryResults'],
    ['GET', '/storage/v1/projects/p/serviceAccount', 'projects.serviceAccount.get'],
    ['GET', '/projects/p/serviceAccount', 'projects.serviceAccount.get'],
    ['GET', '/bigquery/v2/projects/p/serviceAccount', 'projects.getServiceAccount'],
    ['POST', '/token', 'auth.token'],
    ['GET', '/subject', 'auth.subject'],
  ]
  for (const [method, url, call] of calls)
    it(`calls ${method} ${url} ${call}`, () => expect(routeOf(method, url, {}).call).to.equal(call))

  it('tells a status query of an upload from a PUT with bytes', () => {
    const url = '/upload/storage/v1/b/B/o?upload_id=1'
    expect(routeOf('PUT', url, {'content-range': 'bytes */*'}).call).to.equal('uploads.status')
  })

  it('takes the prefix off a path and leaves the rest as it came', () => {
    expect(routeOf('GET', '/storage/v1/b/B/o/..%2F%2e%2e%2Fa?alt=media&x=%20', {})).to.include({
      path: '/b/B/o/..%2F%2e%2e%2Fa',
      search: '?alt=media&x=%20',
    })
  })

  it('keeps /upload', () => {
    expect(routeOf('POST', '/upload/storage/v1/b/B/o', {}).path).to.equal('/upload/b/B/o')
  })
})
