import {readdirSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {expect} from 'chai'

const lib = resolve(import.meta.dirname, '../../../../lib')

/** What of a stage may be written, and where. Everything else is given at construction. */
const OWNERS: readonly {what: string; write: RegExp; owners: readonly string[]}[] = [
  {
    what: 'links',
    write:
      /\blinks\b.*\.(?:add|delete|clear)\(|\.links\.\w+ \S?= |assign\(\w*\.?links\b|foreignSources\.(?:add|delete)\(/,
    owners: ['core/stage/links/links.ts'],
  },
  {what: 'watermark', write: /\.state\.watermark = /, owners: ['core/streams/output.ts']},
  {what: 'waiting', write: /\.state\.waiting = /, owners: ['core/streams/outputs.ts']},
  {what: 'waitingForSide', write: /\.state\.waitingForSide = /, owners: ['core/streams/side-inputs.ts']},
  {what: 'inProgress', write: /\.state\.inProgress = /, owners: ['core/stage/start-stage.ts']},
  {what: 'gatheringNoted', write: /\.state\.gatheringNoted = /, owners: ['core/stage/gathering.ts']},
  {
    what: 'another field of the state',
    write: /\.state\.(?!watermark|waiting|inProgress|gatheringNoted)\w+ \S?= /,
    owners: [],
  },
  {
    what: 'name',
    write: /assign\(identity|\.identity\.\w+ \S?= |\bnameStep\(/,
    owners: ['core/stage/info/stage-name.ts', 'pipeline/graph/graph.ts'],
  },
  {what: 'settings', write: /assign\(settings\b|\.settings\.\w+ \S?= /, owners: ['core/stage/info/stage-settings.ts']},
  {
    what: 'clock',
    write: /\buseClock\((?!\{)/,
    owners: ['core/side/side-buffer.ts', 'dead-letters/serves.ts', 'testing/fake-clock.ts', 'testing/test-stream.ts'],
  },
  {what: 'settings of a run', write: /\bsettle\(info, /, owners: ['pipeline/graph/graph.ts', 'pipeline/pipeline.ts']},
]

const files = (readdirSync(lib, {recursive: true}) as string[])
  .filter(file => file.endsWith('.ts') && !file.startsWith('emulators'))
  .map(file => ({file, code: readFileSync(join(lib, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')}))

describe('of a stage', () => {
  for (const {what, write, owners} of OWNERS)
    it(`${what}: written by ${owners.join(' and ') || 'nobody'} only`, () => {
      const writers = files.filter(({code}) => code.split('\n').some(line => write.test(line)))
      expect(writers.map(({file}) => file).sort()).to.deep.equal([...owners].sort())
    })
})
