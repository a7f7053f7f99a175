import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DoFn, Sink, Source} from '../../../lib/core/index.ts'

/** What a user may well call a field or a method of a stage. */
const NAMES = [
  ...['abort', 'advance', 'bundle', 'callKind', 'calls', 'context', 'drainBy', 'drainError', 'fail', 'finish', 'given'],
  ...[
    'hand',
    'held',
    'hooks',
    'inbox',
    'info',
    'kind',
    'limit',
    'loop',
    'metrics',
    'name',
    'options',
    'outlet',
    'output',
  ],
  ...[
    'outputs',
    'policy',
    'processor',
    'ready',
    'runner',
    'rules',
    'side',
    'start',
    'started',
    'state',
    'stage',
    'take',
  ],
  ...['target', 'waiting', 'watermarks', 'whenRoom', 'wanted', 'receive', 'finishInput', 'takeBundle', 'hasRoom'],
]
const odd = () => {
  throw new Error('called by the library')
}

describe('names of internals', () => {
  for (const name of NAMES)
    it(`leave a user's subclass the field and the method ${name}`, async () => {
      for (const member of [null, 17, odd]) {
        const got: number[] = []
        class Numbers extends Source<number> {
          override async *bundles() {
            yield [1, 2]
          }
        }
        class Double extends DoFn<number, number> {
          override process(n: number) {
            return [n * 2]
          }
        }
        class Later extends DoFn<number, number> {
          override async process(n: number) {
            return [n + 1]
          }
        }
        class Keep extends Sink<number> {
          override writeBundle({values}: {values: number[]}) {
            got.push(...values)
          }
          override commit() {}
        }
        const stages = [new Numbers(), new Double(), new Later(), new Keep()] as const
        // as a class field does it
        for (const stage of stages)
          Object.defineProperty(stage, name, {value: member, writable: true, configurable: true})
        await pipeline(...stages)
        expect(got).to.deep.equal([3, 5])
      }
    })
})
