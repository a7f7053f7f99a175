import {expect} from 'chai'
import fc from 'fast-check'
import {failure, settle, until} from '../../../batching/manual-clock.ts'
import {LocalTopic, texts} from '../support/local-topic.ts'

interface Row {
  key: string
  text: string
}

/** Rows `a0`, `b1`, … of the keys in turn; the key is the letter. */
function rows(keys: string): Row[] {
  return [...keys].map((key, i) => ({key, text: `${key}${i}`}))
}

const byKey = {orderingKey: ({key}: Row) => key, encode: ({text}: Row) => text}

describe('writeToPubSub: ordering keys', () => {
  const local = new LocalTopic()
  /** What has landed with each key, in the order of publishing. */
  const landed = async () => {
    const all: Record<string, string[]> = {}
    for (const {key, data} of await local.landed()) (all[key] ??= []).push(data)
    return all
  }

  it('never share a request, and have one request at a time each', async () => {
    local.fault({kind: 'hang'}, {nth: [1, 2]})
    const sink = local.sink<Row>({...byKey, batch: {maxRows: 2}, requestTimeout: '20s'})
    const running = local.write(rows('aabbaabbc'), sink)
    await until(() => local.publishes.length === 3)
    await settle(50)
    // c is answered; a and b wait for their first answers
    expect(local.publishes.map(({messages}) => messages)).to.deep.equal([undefined, undefined, 1])
    local.clock.advance(20_000)
    await running
    expect(await landed()).to.deep.equal({a: ['a0', 'a1', 'a4', 'a5'], b: ['b2', 'b3', 'b6', 'b7'], c: ['c8']})
  })

  it('rows without a key go at once, up to maxInFlight requests', async () => {
    local.fault({kind: 'hang'}, {times: 3})
    const sink = local.sink({batch: {maxRows: 2, maxInFlight: 3}, requestTimeout: '20s'})
    const running = local.write(texts(20), sink)
    await until(() => local.publishes.length === 3)
    await settle(50)
    expect(local.publishes).to.have.length(3)
    local.clock.advance(20_000)
    await running
    expect((await local.data()).sort()).to.deep.equal(texts(20).sort())
  })

  it('keep the order of each key under failures of every kind (property)', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({min: 0, max: 30}), {minLength: 1, maxLength: 120}),
      fc.integer({min: 1, max: 5}),
      fc.nat(1000),
      async (keys, maxRows, seed) => {
        local.cloud.faults.clear()
        local.topic = await local.addTopic()
        local.fault({kind: 'status', status: 14}, {probability: 0.2, seed})
        const list = keys.map((key, i): Row => ({key: `k${key}`, text: String(i)}))
        await local.write(list, local.sink<Row>({...byKey, batch: {maxRows, maxInFlight: 4}}))
        const got = await landed()
        for (const key of new Set(list.map(row => row.key)))
          expect(got[key]).to.deep.equal(list.filter(row => row.key === key).map(({text}) => text))
      },
    )
    await fc.assert(property, {numRuns: 25})
  }).timeout(60_000)

  it('keep the order of each key when replies are lost: a batch comes twice, nothing in front of it', async () => {
    local.fault({kind: 'commitThenFail'}, {nth: 2})
    await local.write(rows('aaaaaa'), local.sink<Row>({...byKey, batch: {maxRows: 2}}))
    expect(await landed()).to.deep.equal({a: ['a0', 'a1', 'a2', 'a3', 'a2', 'a3', 'a4', 'a5']})
  })

  it('go by topic and key: the same key in two topics is two', async () => {
    const other = await local.addTopic()
    const {topic} = local
    local.fault({kind: 'status', status: 3, message: 'bad'}, {match: {call: 'pubsub.publish', path: other}})
    const sink = local.sink<Row>({...byKey, topic: ({text}) => (text === 'a1' ? other : topic)})
    const rejects = await local.refused(rows('aaa'), sink)
    expect(rejects).to.deep.equal([[{key: 'a', text: 'a1'}, 'bad']])
    expect(await landed()).to.deep.equal({a: ['a0', 'a2']})
  })
})

describe('writeToPubSub: an ordering key whose message was not published', () => {
  const local = new LocalTopic()
  const data = async () => (await local.landed()).map(({data: one}) => one).sort()

  it('stops: later rows with it are refused and never published, others continue', async () => {
    const sink = local.sink<Row>({
      ...byKey,
      attributes: ({text}): Record<string, string> => (text === 'a1' ? {googol: 'x'} : {}),
    })
    const rejects = await local.refused(rows('aaabab'), sink)
    expect(rejects.map(([row]) => (row as Row).text)).to.deep.equal(['a1', 'a2', 'a4'])
    expect(rejects[1]![1]).to.equal(
      "the ordering key 'a' has stopped: an earlier message with it was not published (keys of attributes that begin with " +
        "'goog' are reserved), and this one would be out of order",
    )
    expect(await data()).to.deep.equal(['a0', 'b3', 'b5'])
    expect(sink.info.metrics.extra).to.include({rejected: 3, rows: 3, stoppedKeys: 1})
  })

  it('is said in the log, once', async () => {
    const sink = local.sink<Row>({...byKey, encode: ({text}) => (text === 'a1' ? (1 as never) : text)})
    await local.refused(rows('aaaa'), sink)
    expect(local.warnings).to.have.length(1)
    expect(local.warnings[0]).to.match(
      /^writeToPubSub: the ordering key 'a' of projects\/local-project\/topics\/topic-\d+ has/,
    )
  })

  it('stops when the service refuses one of its messages: those before it land, those taken already do not', async () => {
    // the third of six in one request: it is found by halving
    local.fault({kind: 'status', status: 3, message: 'no such schema'}, {nth: [1, 2, 4]})
    const sink = local.sink<Row>({...byKey, batch: {maxRows: 6, maxInFlight: 1}})
    const rejects = await local.refused(rows('aaaaaaaaabbb'), sink)
    expect(rejects[0]).to.deep.equal([{key: 'a', text: 'a2'}, 'no such schema'])
    expect(rejects.map(([row]) => (row as Row).text)).to.deep.equal(['a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8'])
    expect(rejects[6]![1]).to.contain("'a' has stopped").and.contain('no such schema')
    expect(await data()).to.deep.equal(['a0', 'a1', 'b10', 'b11', 'b9'])
  })

  it('lets rows in front of the refused one be published', async () => {
    local.fault({kind: 'hang'}, {nth: 1})
    const sink = local.sink<Row>({
      ...byKey,
      attributes: ({text}): Record<string, string> => (text === 'a3' ? {'': 'x'} : {}),
      batch: {maxRows: 1},
      requestTimeout: '20s',
    })
    const running = local.refused(rows('aaaaa'), sink)
    await until(() => sink.info.metrics.extra['rejected'] === 2 && local.publishes.length === 1)
    local.clock.advance(20_000)
    await running
    expect(await data()).to.deep.equal(['a0', 'a1', 'a2'])
  })

  it('fails the run where no dead letter takes the row, and what came later is not published', async () => {
    const sink = local.sink<Row>({
      ...byKey,
      attributes: ({text}): Record<string, string> => (text === 'a1' ? {a: 1 as never} : {}),
    })
    const error = await failure(local.write(rows('aaaa'), sink))
    expect(error).to.include({code: 'ERR_SLUICE_BATCH', count: 1})
    expect((await data()).filter(text => text > 'a0')).to.deep.equal([])
  })
})
