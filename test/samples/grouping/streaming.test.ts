import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {leaderboard} from '../../../samples/grouping/leaderboard.ts'
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

  it('leaderboard.ts tells the score so far, and on SIGTERM what it has come to', async () => {
    const at = Date.UTC(2026, 0, 1, 10, 30)
    const publish = (user: string, score: number) =>
      pubsub.topic('my-topic').publishMessage({
        data: Buffer.from(`${user},red,${score},${at}`),
        attributes: {at: String(at)},
      })
    const rows = async () => {
      const query = 'SELECT team, score, timing, pane FROM my_dataset.leaderboard ORDER BY pane'
      return (await new BigQuery().query(query))[0]
    }
    await publish('ada', 3)
    const done = leaderboard(SUBSCRIPTION, 50)
    const early = {team: 'red', score: 3, timing: 'early', pane: 0}
    await eventually(async () => (await rows().catch(() => [])).length === 1)
    expect(await rows()).to.deep.equal([early])
    await publish('bob', 4)
    await eventually(async () => (await rows()).length === 2)
    process.emit('SIGTERM')
    await done
    const [first, second, last] = await rows()
    expect(first).to.deep.equal(early)
    expect(second).to.deep.equal({...early, score: 7, pane: 1})
    expect(last).to.deep.equal({...early, score: 7, timing: 'on-time', pane: 2})
  })
})
