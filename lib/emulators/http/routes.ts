import type {ServiceName} from '../service/service.ts'

/** What the path and method of a request say about it. */
export interface Route {
  service: ServiceName | 'auth' | undefined
  /** The named call, `objects.media`; `unknown` if the path belongs to none. */
  call: string
  /** The path without version prefix, still percent-encoded. */
  path: string
  query: URLSearchParams
  /** The query as it came, with its `?`; empty if there is none. */
  search: string
}

/** Clients given an emulator variable leave the prefix out, those given an `apiEndpoint` send it; both are served. */
const PREFIX = /^(\/upload|\/download)?\/(?:storage\/v1|bigquery\/v2)(?=\/)/

/** Routes one request by its raw URL: nothing is decoded or normalized, so that `..` and `%2F` stay what they are. */
export function routeOf(method: string, url: string, headers: {'content-range'?: string | undefined}): Route {
  const mark = url.indexOf('?')
  const raw = mark < 0 ? url : url.slice(0, mark)
  // The clients end most of their URLs in a bare `?`.
  const search = mark < 0 || mark === url.length - 1 ? '' : url.slice(mark)
  const query = new URLSearchParams(search)
  const path = raw.replace(PREFIX, '$1').replace(/^\/download(?=\/)/, '')
  const rest = {path, query, search}
  const verb = method === 'HEAD' ? 'GET' : method
  if (path === '/token' || path === '/subject') return {service: 'auth', call: `auth.${path.slice(1)}`, ...rest}
  const bare = path.replace(/^\/upload(?=\/)/, '')
  if (/^\/b(\/|$)/.test(bare))
    return {
      service: 'storage',
      call: bare === path ? storageCall(verb, path, query) : uploadCall(verb, query, headers),
      ...rest,
    }
  if (/^\/projects(\/|$)/.test(bare)) {
    // Without a prefix only the path decides; BigQuery's Node client never asks for a service account.
    const isStorage = raw.startsWith('/storage/') || (!raw.startsWith('/bigquery/') && isServiceAccount(bare))
    if (!isStorage) return {service: 'bigquery', call: bigqueryCall(verb, bare), ...rest}
    const call = verb === 'GET' && isServiceAccount(bare) ? 'projects.serviceAccount.get' : 'unknown'
    return {service: 'storage', call, ...rest}
  }
  const multipart = multipartCall(verb, path, query)
  if (multipart) return {service: 'storage', call: multipart, ...rest}
  return {service: undefined, call: 'unknown', ...rest}
}

const isServiceAccount = (path: string) => /^\/projects\/[^/]+\/serviceAccount$/.test(path)

/** The calls of the XML API that the official client makes: those of `uploadFileInChunks`, on `/BUCKET/OBJECT`. */
function multipartCall(verb: string, path: string, query: URLSearchParams): string | undefined {
  if (!/^\/[^/]{3,}\/./.test(path)) return undefined
  if (verb === 'POST' && query.has('uploads')) return 'multipart.start'
  if (!query.has('uploadId')) return undefined
  if (verb === 'PUT' && query.has('partNumber')) return 'multipart.part'
  return {POST: 'multipart.complete', DELETE: 'multipart.abort'}[verb]
}

function uploadCall(verb: string, query: URLSearchParams, headers: {'content-range'?: string | undefined}): string {
  if (query.has('upload_id')) {
    if (verb === 'DELETE') return 'uploads.cancel'
    return headers['content-range']?.startsWith('bytes */') ? 'uploads.status' : 'uploads.put'
  }
  return query.get('uploadType') === 'resumable' ? 'uploads.start' : 'objects.insert'
}

const STORAGE: Record<string, Record<string, string>> = {
  b: {GET: 'buckets.list', POST: 'buckets.insert'},
  bucket: {GET: 'buckets.get', PATCH: 'buckets.patch', PUT: 'buckets.update', DELETE: 'buckets.delete'},
  o: {GET: 'objects.list', POST: 'objects.insert'},
  object: {GET: 'objects.get', PATCH: 'objects.patch', PUT: 'objects.update', DELETE: 'objects.delete'},
}

function storageCall(verb: string, path: string, query: URLSearchParams): string {
  const [, , bucket, o, object, action] = path.split('/')
  if (action !== undefined)
    return (
      {compose: 'objects.compose', rewriteTo: 'objects.rewrite', copyTo: 'objects.copy', moveTo: 'objects.move'}[
        action
      ] ?? 'unknown'
    )
  if (object && verb === 'GET' && query.get('alt') === 'media') return 'objects.media'
  const kind = object ? 'object' : o === 'o' ? 'o' : bucket ? 'bucket' : 'b'
  if (o === 'iam') return object === 'testPermissions' ? 'buckets.testIamPermissions' : 'unknown'
  if (o !== undefined && o !== 'o') return 'unknown'
  return STORAGE[kind]?.[verb] ?? 'unknown'
}

const CRUD: Record<string, string> = {GET: 'get', PATCH: 'patch', PUT: 'update', DELETE: 'delete'}

function bigqueryCall(verb: string, path: string): string {
  const [, , project, kind, id, sub, subId, action] = path.split('/')
  if (!project) return 'projects.list'
  if (kind === 'queries') return id ? 'jobs.getQueryResults' : 'jobs.query'
  if (kind === 'jobs') {
    if (!id) return verb === 'GET' ? 'jobs.list' : 'jobs.insert'
    return sub ? `jobs.${sub}` : `jobs.${CRUD[verb] ?? 'unknown'}`
  }
  if (kind === 'serviceAccount') return 'projects.getServiceAccount'
  if (kind !== 'datasets') return 'unknown'
  if (sub === undefined) return id ? `datasets.${CRUD[verb]}` : verb === 'GET' ? 'datasets.list' : 'datasets.insert'
  if (sub !== 'tables') return `${sub}.${subId ? CRUD[verb] : verb === 'GET' ? 'list' : 'insert'}`
  if (subId?.endsWith(':testIamPermissions')) return 'tables.testIamPermissions'
  if (action === 'insertAll') return 'tabledata.insertAll'
  if (action === 'data') return 'tabledata.list'
  if (action !== undefined) return 'unknown'
  return subId ? `tables.${CRUD[verb]}` : verb === 'GET' ? 'tables.list' : 'tables.insert'
}
