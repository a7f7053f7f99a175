import type {Writable} from 'node:stream'
import {badDeadLetter, type DeadLetterRequest} from '../batching/index.ts'
import type {DeadLetterTable} from '../io/bigquery/index.ts'
import type {DeadLetterTopic} from '../io/pubsub/index.ts'
import {type DeadLetterFile, DeadLetterFileSink} from './dead-letter-file.ts'
import {DeadLetterTableSink} from './dead-letter-table.ts'
import {DeadLetterTopicSink} from './dead-letter-topic.ts'

const KINDS = ['table', 'topic', 'file'] as const

/**
 * Opens the sink that a dead-letter target describes. It inherits the options of the sink that it serves, the client only if
 * both use the same service.
 *
 * @throws SluiceError `ERR_SLUICE_OPTION`
 */
export function openDeadLetter({where, target, service, inherited}: DeadLetterRequest): Writable {
  const kinds = KINDS.filter(kind => (target as {[kind]?: unknown})[kind] !== undefined)
  if (kinds.length !== 1) throw badDeadLetter(where, target)
  const name = `${where}.deadLetter`
  const {client, ...rest} = inherited
  const inheritedBy = (of: string) => (of === service && client !== undefined ? {...rest, client} : rest) as object
  if (kinds[0] === 'table') return new DeadLetterTableSink(name, target as DeadLetterTable, inheritedBy('bigquery'))
  if (kinds[0] === 'topic') return new DeadLetterTopicSink(name, target as DeadLetterTopic, inheritedBy('pubsub'))
  return new DeadLetterFileSink(name, target as DeadLetterFile, inherited.logger)
}
