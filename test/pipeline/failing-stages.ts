import {type Bundle, DoFn, type Sink, Source} from '../../lib/core/index.ts'
import type {SluiceErrorCode} from '../../lib/errors/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {Endless, Kept, Mapped} from './support.ts'

/** What every failing stage throws. */
export class Boom extends Error {
  override name = 'Boom'
}

/** Throws at once, or after the event loop has turned. */
type Throw = () => never | Promise<never>

const throwNow: Throw = () => {
  throw new Boom('boom')
}
const throwLater: Throw = async () => {
  await new Promise(resolve => setImmediate(resolve))
  throw new Boom('boom')
}

export interface FailingCase {
  title: string
  code: SluiceErrorCode
  stage: 'Read' | 'Work' | 'Write'
  /** The element that failed, where one did. */
  element?: number
  build(): Pipeline
}

/** Goes on for ever, so that an error must stop it; the short one lets the hooks at the end run. */
const endless = () => new Endless()
const short = () =>
  new (class extends Source<number> {
    async *bundles() {
      yield [1, 2, 3]
    }
  })()

function pipelineOf(source: Source<number>, work: DoFn<number, number>, sink: Sink<number>): Pipeline {
  const p = new Pipeline({name: 'failing'})
  const read = p.apply('Read', source)
  read.apply('Work', work).apply('Write', sink)
  // a healthy branch, which has to be stopped too
  read.apply('Bystander', new Mapped(x => x)).apply('Other', new Kept())
  return p
}

const same = () => new Mapped((x: number) => x)

const SINK_CODES = {
  setup: 'ERR_SLUICE_SETUP',
  writeBundle: 'ERR_SLUICE_SINK',
  commit: 'ERR_SLUICE_SINK',
  teardown: 'ERR_SLUICE_TEARDOWN',
} as const

const cases = (mode: string, fail: Throw): FailingCase[] => {
  const hook = (name: 'setup' | 'startBundle' | 'finishBundle' | 'teardown') => {
    class Hooked extends DoFn<number, number> {
      process(x: number) {
        return [x]
      }
    }
    Object.defineProperty(Hooked.prototype, name, {value: fail})
    return new Hooked()
  }
  const dofn = (title: string, code: SluiceErrorCode, work: () => DoFn<number, number>, source = endless) =>
    ({title: `${mode} ${title}`, code, stage: 'Work', build: () => pipelineOf(source(), work(), new Kept())}) as const
  const sink = (method: keyof typeof SINK_CODES, source = endless): FailingCase => ({
    title: `${mode} ${method} of a sink`,
    code: SINK_CODES[method],
    stage: 'Write',
    build: () => pipelineOf(source(), same(), Object.defineProperty(new Kept<number>(), method, {value: fail})),
  })
  return [
    {
      ...dofn('process', 'ERR_SLUICE_PROCESS', () => new Failing(fail)),
      element: 15,
    },
    dofn('setup', 'ERR_SLUICE_SETUP', () => hook('setup')),
    dofn('startBundle', 'ERR_SLUICE_START_BUNDLE', () => hook('startBundle')),
    dofn('finishBundle', 'ERR_SLUICE_FINISH_BUNDLE', () => hook('finishBundle')),
    dofn('teardown', 'ERR_SLUICE_TEARDOWN', () => hook('teardown'), short),
    {
      title: `${mode} source`,
      code: 'ERR_SLUICE_SOURCE',
      stage: 'Read',
      build: () => pipelineOf(new FailingSource(fail), same(), new Kept()),
    },
    sink('setup'),
    sink('writeBundle'),
    sink('commit', short),
    sink('teardown', short),
  ]
}

class Failing extends DoFn<number, number> {
  readonly #fail: Throw

  constructor(fail: Throw) {
    super()
    this.#fail = fail
  }
  process(x: number): number[] | Promise<never> {
    return x === 15 ? this.#fail() : [x]
  }
}

class FailingSource extends Source<number> {
  readonly #fail: Throw

  constructor(fail: Throw) {
    super()
    this.#fail = fail
  }
  async *bundles(): AsyncGenerator<number[] | Bundle<number>> {
    yield [1, 2, 3]
    await this.#fail()
  }
}

/** Each place where a pipeline can fail, with a synchronous and an asynchronous throw. */
export const failingCases: readonly FailingCase[] = [
  ...cases('a synchronous', throwNow),
  ...cases('an asynchronous', throwLater),
]
