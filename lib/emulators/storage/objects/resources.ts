import type {BucketRecord} from '../store/buckets.ts'
import type {ObjectRecord} from '../store/stored-object.ts'
import {etagOf} from './preconditions.ts'

/** An object as the API shows it. */
export function objectResource(bucket: string, record: ObjectRecord, baseUrl: string): object {
  const {name, generation, metageneration} = record
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${baseUrl}/storage/v1/${path}`,
    mediaLink: `${baseUrl}/download/storage/v1/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation: String(generation),
    metageneration: String(metageneration),
    contentType: record.contentType,
    contentEncoding: record.contentEncoding,
    contentDisposition: record.contentDisposition,
    contentLanguage: record.contentLanguage,
    cacheControl: record.cacheControl,
    customTime: record.customTime,
    metadata: record.metadata,
    temporaryHold: record.temporaryHold,
    eventBasedHold: record.eventBasedHold,
    storageClass: record.storageClass ?? 'STANDARD',
    size: String(record.size),
    md5Hash: record.md5Hash,
    crc32c: record.crc32c,
    componentCount: record.componentCount,
    etag: etagOf(record),
    timeCreated: record.timeCreated,
    updated: record.updated,
    timeStorageClassUpdated: record.timeCreated,
    timeFinalized: record.timeCreated,
    timeDeleted: record.timeDeleted,
  }
}

/** A bucket as the API shows it. */
export function bucketResource(record: BucketRecord, baseUrl: string): object {
  const {isUploaded: _, metageneration, shown, ...settings} = record
  return {
    kind: 'storage#bucket',
    id: record.name,
    selfLink: `${baseUrl}/storage/v1/b/${record.name}`,
    ...settings,
    ...shown,
    metageneration: String(metageneration),
    locationType: 'multi-region',
    etag: etagOf({generation: 0, metageneration}),
    iamConfiguration: {uniformBucketLevelAccess: {enabled: true}},
  }
}

/** The `x-goog-hash` header of an object's content. */
export function hashHeader(record: ObjectRecord): string {
  return `crc32c=${record.crc32c}${record.md5Hash ? `,md5=${record.md5Hash}` : ''}`
}
