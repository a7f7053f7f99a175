import {create, defineJob, writeToBigQuery, writeToJson, writeToPubSub} from 'sluice'

export default defineJob({
  name: 'resources',
  build(p) {
    const rows = p.apply('Rows', create([{id: 'a'}]))
    rows.apply('Table', writeToBigQuery({table: 'shop.orders', schema: 'id:STRING'}))
    rows.apply('Files', writeToJson('gs://my-bucket/rows'))
    rows.apply('Topic', writeToPubSub({topic: 'my-topic'}))
  },
})
