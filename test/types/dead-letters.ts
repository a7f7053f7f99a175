// What must and must not compile with dead letters; checked by `tsc --noEmit`, never run.
import {Writable} from 'node:stream'
import type {FailedRow} from '../../lib/batching/index.ts'
import {type DeadLetter, DoFn, deadLetter, type Source} from '../../lib/core/index.ts'
import {
  DEAD_LETTER_SCHEMA,
  type DeadLetterRow,
  deadLetterMessage,
  deadLetterRow,
  writeToBigQuery,
  writeToPubSub,
} from '../../lib/dead-letters/index.ts'
import type {CsvReject} from '../../lib/formats/index.ts'
import type {BigQueryWriteOptions} from '../../lib/io/bigquery/index.ts'
import type {PubSubMessage} from '../../lib/io/pubsub/index.ts'
import {writeToStdout} from '../../lib/io/stdio/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {map} from '../../lib/transforms/index.ts'

interface Row {
  id: string
}

declare const messages: Source<PubSubMessage, {rejects: DeadLetter<PubSubMessage>}>
declare const records: Source<Row, {rejects: CsvReject}>
declare const failed: FailedRow<Row>

class Parse extends DoFn<PubSubMessage, Row, {bad: DeadLetter<PubSubMessage>}> {
  process(message: PubSubMessage) {
    return [{id: message.id}]
  }
}

// whatever a stage sets aside becomes a row of a dead-letter table, or a message of a dead-letter topic
const p = new Pipeline({name: 'types'})
const rows = p.apply('Read', messages).apply('Parse', new Parse({onError: deadLetter('bad')}))
rows
  .tagged('bad')
  .apply(map(deadLetterRow))
  .apply(writeToBigQuery({table: 'd.t', schema: DEAD_LETTER_SCHEMA}))
rows
  .tagged('bad')
  .apply(map(deadLetterMessage))
  .apply(writeToPubSub({topic: 'rejects'}))
p.apply('CSV', records).tagged('rejects').apply(map(deadLetterRow))
const row: DeadLetterRow = deadLetterRow(failed)
const message: PubSubMessage = deadLetterMessage(failed)
// @ts-expect-error a row is nothing that was set aside
rows.apply(map(deadLetterRow))
// @ts-expect-error the text alone is no dead letter
deadLetterRow('oops')

// where a sink's dead letters go
const all: BigQueryWriteOptions['deadLetter'][] = [
  undefined,
  {table: 'd.t'},
  {table: 't', dataset: 'd', project: 'p', createDisposition: 'CREATE_NEVER', retryFor: 'forever', maxDelay: '5s'},
  {topic: 'rejects'},
  {topic: 'projects/p/topics/rejects', idAttribute: 'id', batch: {maxRows: 1}},
  {file: 'rejects.jsonl'},
  {file: 'rejects.jsonl', append: true},
  writeToStdout(),
  writeToBigQuery<FailedRow>({table: 'd.t'}),
  new Writable({objectMode: true}),
]
writeToBigQuery({table: 'd.t', deadLetter: {table: 'd.rejects'}})
// @ts-expect-error a name alone could be either
writeToBigQuery({table: 'd.t', deadLetter: 'd.rejects'})
// @ts-expect-error its schema is given
writeToBigQuery({table: 'd.t', deadLetter: {table: 'd.rejects', schema: 'a:STRING'}})
// @ts-expect-error no such option
writeToBigQuery({table: 'd.t', deadLetter: {file: 'f', overwrite: true}})
writeToPubSub({topic: 't', deadLetter: {topic: 'rejects'}})
// @ts-expect-error one topic for all
writeToPubSub({topic: 't', deadLetter: {topic: () => 'rejects'}})
// @ts-expect-error nothing is named
writeToBigQuery({table: 'd.t', deadLetter: {}})

export {all, message, row}
