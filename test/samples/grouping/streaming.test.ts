import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {topPages} from '../../../samples/grouping/top-pages.ts'
import {eventually} from '../../jobs/support.ts'

const SUBSCRIPTION = 'projects/local-project/subscriptions/my-subscription'

describe('the grouping samples on messages', () => {
  let cloud: LocalCloud
  let pubsub: PubSub
  const saved = {...process.env}

  beforeEach(async () => {
    cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
    await new BigQuery().createDataset('my_dataset')
    pubsub = new PubSub()
    const [topic] = await pubsub.createTopic('my-topic')
    await topic.createSubscription('my-subscription')
  })

  afterEach(async () => {
    await pubsub.close()
    for (const name of Object.keys(cloud.env)) delete process.env[name]
    Object.assign(process.env, saved)
    await cloud.close()
  })

  it('top-pages.ts counts by minute, keeps the first three, and closes the open minutes on SIGTERM', async () => {
    const at = (minute: number) => ({at: String(Date.UTC(2026, 0, 1, 10, minute, 30))})
    const publish = async (minute: number, pages: string) => {
      for (const page of pages)
        await pubsub.topic('my-topic').publishMessage({
          data: Buffer.from(JSON.stringify({page: `/${page}`})),
          attributes: at(minute),
        })
    }
    await publish(0, 'abacabd')
    await publish(1, 'd')
    await pubsub.topic('my-topic').publishMessage({data: Buffer.from('{}'), attributes: at(1)})
    await pubsub.topic('my-topic').publishMessage({data: Buffer.from('{"page":"/a"}')})
    const done = topPages(SUBSCRIPTION)
    await eventually(() => cloud.pubsub.stats(SUBSCRIPTION)?.unacked === 0)
    process.emit('SIGTERM')
    await done
    const [rows] = await new BigQuery().query(
      "SELECT FORMAT_TIMESTAMP('%H:%M', minute) AS minute, rank, page, views FROM `my_dataset.top-pages` ORDER BY minute, rank",
    )
    expect(rows).to.deep.equal([
      {minute: '10:00', rank: 1, page: '/a', views: 3},
      {minute: '10:00', rank: 2, page: '/b', views: 2},
      {minute: '10:00', rank: 3, page: '/c', views: 1},
      {minute: '10:01', rank: 1, page: '/d', views: 1},
    ])
    const [rejects] = await new BigQuery().query('SELECT stage FROM `my_dataset.my-rejects` ORDER BY stage')
    expect(rejects).to.deep.equal([{stage: 'ParseView'}, {stage: 'readFromPubSub'}])
  })
})
