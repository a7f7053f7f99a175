import {expect} from 'chai'
import {FAULTS} from '../../bench/chaos/faults.ts'
import {drained, faulty, killed} from '../../bench/chaos/scenarios.ts'
import {World} from '../../bench/chaos/world.ts'

/** The short form of `npm run chaos`. */
describe('the streaming job in chaos', () => {
  let world: World
  let saved: string | undefined

  before(async () => {
    saved = process.env['METADATA_SERVER_DETECTION']
    world = await World.start()
  })
  after(async () => {
    await world.close()
    if (saved === undefined) delete process.env['METADATA_SERVER_DETECTION']
    else process.env['METADATA_SERVER_DETECTION'] = saved
  })

  it('loses nothing when it is killed three times in front of a sink that is slow and fails at times', async () => {
    const {messages, lost, broken} = await killed(world, {messages: 4000, kills: 3, seed: 4, hurry: true})
    expect({messages, lost, broken}).to.deep.equal({messages: 4000, lost: 0, broken: []})
  }).timeout(60_000)

  it('repeats nothing when it gets SIGTERM with 500 messages in flight and a sink that takes a second', async () => {
    const {rows, duplicates, lost, redelivered, broken} = await drained(world, {messages: 500})
    expect({rows, duplicates, lost, redelivered, broken}).to.deep.equal({
      rows: 500,
      duplicates: 0,
      lost: 0,
      redelivered: 0,
      broken: [],
    })
  }).timeout(60_000)

  describe('loses nothing', () => {
    // leases that are extended need real seconds: in `npm run chaos`
    for (const fault of FAULTS)
      if (!fault.slow)
        it(`with ${fault.name}`, async () => {
          const {messages, lost, broken} = await faulty(world, fault, {messages: 300, hurry: true})
          expect({messages, lost, broken}).to.deep.equal({messages: 300, lost: 0, broken: []})
        }).timeout(60_000)
  })
})
