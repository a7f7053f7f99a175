import {DoFn} from 'sluice'

export const SCHEMA = 'id:INTEGER,text:STRING'

export interface Row {
  id: number
  text: string
}

/** The user's DoFn of these jobs: a line `7,word` becomes `{id: 7, text: 'word'}`. */
export class ToRow extends DoFn<string, Row> {
  *process(line: string) {
    const [id = '', text = ''] = line.split(',')
    yield {id: Number(id), text}
  }
}

/** Lines `0,word0`, `1,word1`, … */
export function csv(count: number, from = 0): string {
  return Array.from({length: count}, (_, i) => `${from + i},word${from + i}\n`).join('')
}
