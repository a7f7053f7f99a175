import {expect} from 'chai'
import {type GcsAction, toSluiceError} from '../../../lib/files/gcs/to-sluice-error.ts'

const LIST: GcsAction = {doing: 'list', bucket: 'b', pattern: 'gs://b/*'}
const of = (doing: 'read' | 'write' | 'remove'): GcsAction => ({doing, path: {bucket: 'b', name: 'o'}})

describe('the error of a failed call to Cloud Storage', () => {
  const cause = new Error('no')
  const errorOf = (kind: string, action: GcsAction, message = 'no') =>
    toSluiceError({kind, message, cause} as never, action)

  for (const [kind, action, code, ...parts] of [
    [
      'permission-denied',
      LIST,
      'ERR_SLUICE_PERMISSION',
      'storage.objects.list',
      'roles/storage.objectViewer',
      'says: no',
    ],
    ['permission-denied', of('read'), 'ERR_SLUICE_PERMISSION', 'to read gs://b/o', 'storage.objects.get'],
    ['permission-denied', of('write'), 'ERR_SLUICE_PERMISSION', 'to write gs://b/o', 'storage.objects.create'],
    ['permission-denied', of('remove'), 'ERR_SLUICE_PERMISSION', 'to remove gs://b/o', 'roles/storage.objectUser'],
    ['not-found', LIST, 'ERR_SLUICE_NOT_FOUND', 'Bucket gs://b does not exist', "pattern 'gs://b/*'"],
    ['not-found', of('read'), 'ERR_SLUICE_NO_MATCH', "No object is named 'gs://b/o'"],
    ['not-found', of('write'), 'ERR_SLUICE_NOT_FOUND', 'Bucket gs://b does not exist', "path 'gs://b/o'"],
    ['unauthenticated', of('write'), 'ERR_SLUICE_CREDENTIALS', 'credentials to write gs://b/o'],
    ['unauthenticated', LIST, 'ERR_SLUICE_CREDENTIALS', 'credentials to read gs://b'],
    ['invalid', LIST, 'ERR_SLUICE_READ', 'gs://b could not be read: no'],
    ['invalid', of('read'), 'ERR_SLUICE_READ', 'gs://b/o could not be read: no'],
    ['invalid', of('write'), 'ERR_SLUICE_WRITE', 'gs://b/o could not be written: no'],
    ['invalid', of('remove'), 'ERR_SLUICE_WRITE', 'gs://b/o could not be removed: no'],
  ] as const)
    it(`${kind} while it was to ${action.doing} is ${code}, with resource and fix`, () => {
      const error = errorOf(kind, action)
      expect(error).to.include({code, cause})
      for (const part of parts) expect(error.message).to.include(part)
    })

  it('tells a missing bucket from a missing object', () => {
    const error = errorOf('not-found', of('read'), 'The specified bucket does not exist.')
    expect(error.code).to.equal('ERR_SLUICE_NOT_FOUND')
  })
})
