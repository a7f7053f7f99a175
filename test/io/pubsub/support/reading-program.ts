import {pipeline} from 'node:stream/promises'
import {discard, map, readFromPubSub} from 'sluice'

// reads a subscription until SIGTERM; each message takes as long as the argument says, ms
const [, , subscription, takes] = process.argv
const source = readFromPubSub({subscription: subscription!})
const from = {at: 0}
process.once('SIGTERM', () => {
  from.at = performance.now()
  void source.drain({deadline: '1s'})
})
const work = map(
  async message => {
    console.error('got a message')
    await new Promise(resolve => setTimeout(resolve, Number(takes)))
    return message
  },
  {onError: 'nack'},
)
let code: unknown = 'done'
try {
  await pipeline(source, work, discard())
} catch (error) {
  code = (error as {code?: string}).code
  process.exitCode = 1
}
console.log(JSON.stringify({code, drainedInMs: performance.now() - from.at}))
