import {serialize} from 'node:v8'

const SAMPLE = 16
/** The assumed size of a value that cannot be measured, bytes. */
const GUESS = 1024

/** Estimates how many bytes values take on disk, from a sample. */
export function sizeOfValues(values: readonly unknown[]): number {
  const step = Math.max(1, Math.floor(values.length / SAMPLE))
  const sample: unknown[] = []
  for (let i = 0; i < values.length; i += step) sample.push(values[i])
  if (sample.length === 0) return 0
  let bytes = GUESS * sample.length
  try {
    bytes = serialize(sample).byteLength
  } catch {}
  return Math.ceil((bytes / sample.length) * values.length)
}
