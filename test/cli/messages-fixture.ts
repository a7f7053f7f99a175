import {defineJob, map, readFromPubSub, writeToStdout} from 'sluice'

export default defineJob({
  name: 'messages',
  build(p) {
    p.apply('Read', readFromPubSub({subscription: 'orders'}))
      .apply('Text', map(String))
      .apply('Write', writeToStdout({format: 'text'}))
  },
})
