import {defineJob, readFromText, writeToStdout} from 'sluice'

export default defineJob({
  name: 'lines',
  options: {input: {type: 'string', required: true}},
  build(p, {input}) {
    p.apply('Read', readFromText(input)).apply('Write', writeToStdout())
  },
})
