import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../lib/emulators/index.ts'

/** What a client answers with `{permission: granted}`. */
async function grantedBy(test: Promise<readonly unknown[]>): Promise<unknown> {
  return (await test)[0]
}

describe('testIamPermissions of the local cloud', () => {
  let cloud: LocalCloud
  beforeEach(async () => {
    cloud = await startLocalCloud()
  })
  afterEach(() => cloud.close())

  it('reports which permissions there are on a bucket', async () => {
    const [bucket] = await new Storage(cloud.clientOptions.storage).createBucket('my-bucket')
    cloud.permissions = ['storage.objects.get']
    const asked = ['storage.objects.get', 'storage.objects.list']
    expect(await grantedBy(bucket.iam.testPermissions(asked))).to.deep.equal({
      'storage.objects.get': true,
      'storage.objects.list': false,
    })
    const missing = new Storage(cloud.clientOptions.storage).bucket('no-such-bucket')
    const error = await missing.iam.testPermissions(asked).catch((cause: {code?: number}) => cause)
    expect(error).to.have.property('code', 404)
  })

  it('reports which permissions there are on a table', async () => {
    const bigquery = new BigQuery(cloud.clientOptions.bigquery)
    const [dataset] = await bigquery.createDataset('shop')
    const [table] = await dataset.createTable('orders', {schema: 'id:STRING'})
    cloud.permissions = ['bigquery.tables.get']
    const asked = ['bigquery.tables.get', 'bigquery.tables.updateData']
    expect(await grantedBy(table.testIamPermissions(asked))).to.deep.equal({permissions: ['bigquery.tables.get']})
    expect(cloud.log.of({call: 'tables.testIamPermissions'})).to.have.length(1)
  })

  it('reports which permissions there are on a topic and a subscription', async () => {
    const pubsub = new PubSub(cloud.clientOptions.pubsub)
    const [topic] = await pubsub.createTopic('orders')
    const [subscription] = await topic.createSubscription('all')
    cloud.permissions = ['pubsub.topics.publish', 'pubsub.subscriptions.consume']
    const publish = ['pubsub.topics.publish', 'pubsub.topics.get']
    expect(await grantedBy(topic.iam.testPermissions(publish))).to.deep.equal({
      'pubsub.topics.publish': true,
      'pubsub.topics.get': false,
    })
    expect(await grantedBy(subscription.iam.testPermissions(['pubsub.subscriptions.consume']))).to.deep.equal({
      'pubsub.subscriptions.consume': true,
    })
    const error = await pubsub
      .topic('none')
      .iam.testPermissions(publish)
      .catch((cause: {code?: number}) => cause)
    expect(error).to.have.property('code', 5)
    await pubsub.close()
  })
})
