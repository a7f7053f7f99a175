import {parseArgs} from 'node:util'
import {missing} from './beam/beam.ts'
import {runBeam, writeCases} from './beam/run.ts'

const {values} = parseArgs({
  options: {
    beam: {type: 'boolean', default: false},
    missing: {type: 'boolean', default: false},
    write: {type: 'boolean', default: false},
  },
})
if (!values.beam) {
  console.log('usage: npm run conformance -- --beam [--missing | --write]')
  process.exitCode = 2
} else if (values.missing) {
  // for .ci/run: why the cases cannot be run on Beam
  const why = missing()
  if (why) console.log(why)
  process.exitCode = why ? 1 : 0
} else if (values.write) writeCases()
else process.exitCode = (await runBeam()) ? 0 : 1
