// What people write by hand with the official clients: `message` -> a buffer of 500 rows or 1 s -> `table.insert` -> ack.
import {BigQuery} from '@google-cloud/bigquery'
import {type Message, PubSub} from '@google-cloud/pubsub'
import {contestant} from '../measure.ts'
import {MAX_OUTSTANDING, type Row, toRow} from './message.ts'

const [name = '', path = '', count = ''] = process.argv.slice(2)
const messages = Number(count)

await contestant(async () => {
  const pubsub = new PubSub()
  const [dataset = '', id = ''] = path.split('.')
  const table = new BigQuery().dataset(dataset).table(id)
  const subscription = pubsub.subscription(name, {flowControl: {maxMessages: MAX_OUTSTANDING}})
  let waiting: {message: Message; row: Row}[] = []
  let timer: NodeJS.Timeout | undefined
  let acked = 0
  const flush = async () => {
    clearTimeout(timer)
    timer = undefined
    const batch = waiting
    waiting = []
    const rows = batch.map(({message, row}) => ({insertId: message.id, json: row}))
    await table.insert(rows, {raw: true})
    for (const {message} of batch) message.ack()
    acked += batch.length
  }
  await new Promise<void>((resolve, reject) => {
    const send = () =>
      void flush().then(() => {
        if (acked >= messages) resolve()
      }, reject)
    subscription.on('error', reject)
    subscription.on('message', message => {
      waiting.push({message, row: toRow(message.data)})
      if (waiting.length >= 500) send()
      else timer ??= setTimeout(send, 1000)
    })
  })
  await subscription.close()
  await pubsub.close()
  return {messages: acked}
})
