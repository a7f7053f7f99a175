import {createServer} from 'node:net'
import {create, defineJob, discard, map} from 'sluice'

/** A job that leaves a socket open, and then ends in the way that it is told. */
export default defineJob({
  name: 'ending',
  options: {how: {type: 'enum', values: ['fails', 'hangs', 'done'], required: true}},
  build(p, {how}) {
    if (how !== 'done') createServer().listen(0, '127.0.0.1')
    const step = map((n: number) => {
      process.stderr.write('begun\n')
      if (how === 'fails') throw new Error('no good')
      return how === 'hangs' ? new Promise<number>(() => {}) : n
    })
    p.apply('Read', create([1]))
      .apply('Step', step)
      .apply('Drop', discard())
  },
})
