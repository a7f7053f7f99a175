import {gzipSync} from 'node:zlib'
import type {Storage} from '@google-cloud/storage'

const FILES = 4

/** The files of a batch job, and where each record is in them. */
export interface BatchInput {
  pattern: string
  rows: number
  /** By path: the id of each record and the byte it begins at, in order. */
  places: ReadonlyMap<string, readonly {id: number; offset: number}[]>
}

/** Writes CSV files with quoted line breaks to a folder of a bucket, the last of them as gzip; ids are 0, 1, … */
export async function writeInput(storage: Storage, folder: string, rows: number): Promise<BatchInput> {
  const bucket = storage.bucket('chaos')
  if (!(await bucket.exists())[0]) await bucket.create()
  const places = new Map<string, {id: number; offset: number}[]>()
  for (let file = 0, id = 0; file < FILES; file++) {
    const zipped = file === FILES - 1
    const name = `${folder}/orders-${file}.csv${zipped ? '.gz' : ''}`
    let text = 'id,text\n'
    const records: {id: number; offset: number}[] = []
    for (const end = Math.floor((rows * (file + 1)) / FILES); id < end; id++) {
      records.push({id, offset: text.length})
      text += id % 10 === 0 ? `${id},"order ${id},\nof two lines"\n` : `${id},order ${id}\n`
    }
    places.set(`gs://chaos/${name}`, records)
    await bucket.file(name).save(zipped ? gzipSync(text) : text, {resumable: false})
  }
  return {pattern: `gs://chaos/${folder}/orders-*`, rows, places}
}
