/** The storage classes of objects and buckets, older names included. */
export const STORAGE_CLASSES: readonly string[] = [
  'STANDARD',
  'NEARLINE',
  'COLDLINE',
  'ARCHIVE',
  'MULTI_REGIONAL',
  'REGIONAL',
  'DURABLE_REDUCED_AVAILABILITY',
]
