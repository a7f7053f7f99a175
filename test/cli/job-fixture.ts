import {defineJob, map, readFromStdin, writeToStdout} from 'sluice'

export default defineJob({
  name: 'repeat',
  description: 'Repeats each line of standard input.',
  options: {
    times: {type: 'number', required: true, help: 'how often', env: 'SLUICE_TEST_TIMES'},
    pause: {type: 'duration', default: '2s'},
    most: {type: 'size', default: '1MB'},
    mode: {type: 'enum', values: ['plain', 'loud'], default: 'plain'},
    dry: {type: 'boolean', default: true},
    maxRows: {type: 'number'},
  },
  build(p, {times, mode}) {
    p.apply('Read', readFromStdin())
      .apply(
        'Repeat',
        map(line => (mode === 'loud' ? line.toUpperCase() : line).repeat(times)),
      )
      .apply('Write', writeToStdout({format: 'text'}))
  },
})
