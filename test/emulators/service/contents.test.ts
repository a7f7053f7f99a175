import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {contentsText, startLocalCloud} from '../../../lib/emulators/index.ts'

describe('the contents of a local cloud', () => {
  it('are told: objects, rows, topics and unacknowledged messages', async () => {
    const cloud = await startLocalCloud()
    expect(contentsText(await cloud.contents())).to.equal('  nothing yet\n')
    const [bucket] = await new Storage(cloud.clientOptions.storage).createBucket('my-bucket')
    for (const name of ['a', 'b/c']) await bucket.file(name).save('x', {resumable: false})
    const bigquery = new BigQuery(cloud.clientOptions.bigquery)
    await bigquery.createDataset('shop')
    await bigquery.query('CREATE TABLE shop.orders AS SELECT 1 AS id')
    const pubsub = new PubSub(cloud.clientOptions.pubsub)
    const [topic] = await pubsub.createTopic('orders')
    await topic.createSubscription('all')
    await topic.publishMessage({data: Buffer.from('a')})
    await pubsub.close()
    expect(await cloud.contents()).to.deep.equal({
      buckets: [{name: 'my-bucket', objects: 2}],
      tables: [{name: 'shop.orders', rows: 1}],
      topics: ['projects/local-project/topics/orders'],
      subscriptions: [{name: 'projects/local-project/subscriptions/all', unacked: 1}],
    })
    expect(contentsText(await cloud.contents())).to.include('  gs://my-bucket  2 objects\n  shop.orders  1 row\n')
    await cloud.close()
  })
})
