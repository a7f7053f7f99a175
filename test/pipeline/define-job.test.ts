import {expect} from 'chai'
import {defineJob, isJob, type JobOptionSpecs, type Pipeline} from '../../lib/pipeline/index.ts'
import {Kept, numbers, rejection, Values} from './support.ts'

/** What a job with these options gets in `build`. */
function built<const S extends JobOptionSpecs>(options: S, given: object = {}): Record<string, unknown> {
  let seen: object = {}
  const job = defineJob({
    name: 'orders',
    options,
    build: (_, values) => {
      seen = values
    },
  })
  ;(job.pipeline as (given: object) => Pipeline)(given)
  return {...seen}
}

const refused = (options: JobOptionSpecs, given: object, message: RegExp) =>
  expect(() => built(options, given))
    .to.throw(message)
    .with.property('code', 'ERR_SLUICE_OPTION')

describe('defineJob', () => {
  const copy = (sink = new Kept<number>()) =>
    defineJob({
      name: 'copy',
      description: 'copies numbers',
      options: {count: {type: 'number', required: true}},
      build(p, {count}) {
        p.apply('Read', new Values(numbers(count))).apply('Keep', sink)
      },
    })

  it('builds a pipeline from options without running it', () => {
    const sink = new Kept<number>()
    const p = copy(sink).pipeline({count: 3})
    expect(p.name).to.equal('copy')
    expect(p.graph().steps.map(step => step.name)).to.deep.equal(['Read', 'Keep'])
    expect(sink.values).to.deep.equal([])
  })

  it('builds and runs', async () => {
    const sink = new Kept<number>()
    const result = await copy(sink).run({count: 3})
    expect(result.name).to.equal('copy')
    expect(sink.values).to.deep.equal([0, 1, 2])
  })

  it('builds anew for each run', async () => {
    const job = defineJob({
      name: 'again',
      build(p) {
        p.apply('Read', new Values([1])).apply('Keep', new Kept())
      },
    })
    await job.run()
    await job.run()
  })

  it('makes the run reject when an option is bad', async () => {
    const error = await rejection(copy().run({count: 'many' as never}))
    expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
    expect(error.message).to.equal("copy: option `count` is 'many'; give a number")
  })

  it('makes the run reject when build throws', async () => {
    const thrown = new Error('boom')
    const job = defineJob({
      name: 'broken',
      build() {
        throw thrown
      },
    })
    expect(await rejection(job.run())).to.equal(thrown)
  })

  it('refuses a build that is asynchronous', () => {
    const job = defineJob({name: 'late', build: (async () => {}) as () => void})
    expect(() => job.pipeline()).to.throw(/option `build`.*not async/)
  })

  it('reports it once when a build that is asynchronous fails too', async () => {
    const build = async () => {
      throw new Error('in build')
    }
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    const others = process.rawListeners('unhandledRejection') as ((error: unknown) => void)[]
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
    try {
      expect(() => defineJob({name: 'late', build: build as () => void}).pipeline()).to.throw(/option `build`/)
      await new Promise(setImmediate)
    } finally {
      process.removeListener('unhandledRejection', note)
      for (const other of others) process.on('unhandledRejection', other)
    }
    expect(unhandled).to.deep.equal([])
  })
  it('hands logger, signal and allowMixedTargets to the pipeline', async () => {
    const run = copy().run({count: 3}, {signal: AbortSignal.abort(new Error('no'))})
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_CANCELLED'})
  })

  it('reports what was declared', () => {
    expect(copy()).to.deep.include({
      name: 'copy',
      description: 'copies numbers',
      options: {count: {type: 'number', required: true}},
    })
  })

  it('makes something that isJob() knows', () => {
    expect(isJob(copy())).to.equal(true)
    expect(isJob({name: 'copy', build() {}})).to.equal(false)
  })

  it('reads options that are given as texts, and completes them', () => {
    const job = defineJob({
      name: 'texts',
      options: {
        n: {type: 'number', required: true},
        on: {type: 'boolean'},
        off: {type: 'boolean', default: true},
        every: {type: 'duration'},
        most: {type: 'size', default: '1kB'},
        not: {type: 'string'},
      },
      build() {},
    })
    const values = job.parse({n: '2.5', on: true, off: 'false', every: '5s'})
    expect(values).to.deep.equal({n: 2.5, on: true, off: false, every: 5000, most: 1000, not: undefined})
    expect(() => job.pipeline(values)).to.not.throw()
    expect(() => job.parse({n: 'many'})).to.throw("texts: option `n` is 'many'; give a number")
    expect(() => job.parse({n: '1', nope: 'x'})).to.throw(/unknown option `nope`/)
  })

  describe('options', () => {
    it('are given as they are', () => {
      const specs = {a: {type: 'string'}, b: {type: 'number'}, c: {type: 'boolean'}} as const
      expect(built(specs, {a: 'x', b: 2, c: true})).to.deep.equal({a: 'x', b: 2, c: true})
    })

    it('are durations in milliseconds and sizes in bytes', () => {
      const specs = {every: {type: 'duration', default: '5s'}, most: {type: 'size'}} as const
      expect(built(specs, {most: '9MB'})).to.deep.equal({every: 5000, most: 9_000_000})
    })

    it('are one of the values of an enum', () => {
      const specs = {mode: {type: 'enum', values: ['fast', 'safe'], default: 'safe'}} as const
      expect(built(specs)).to.deep.equal({mode: 'safe'})
      expect(built(specs, {mode: 'fast'})).to.deep.equal({mode: 'fast'})
      refused(specs, {mode: 'slow'}, /option `mode` is 'slow'; give one of 'fast', 'safe'/)
    })

    it('may be called as what every object has', () => {
      let got: unknown
      const job = defineJob({
        name: 'names',
        options: {toString: {type: 'string', default: 'x'}, valueOf: {type: 'string'}},
        build(_, options) {
          got = {...options}
        },
      })
      job.pipeline({} as never)
      expect(got).to.deep.equal({toString: 'x', valueOf: undefined})
    })
    it('are undefined when they are neither given nor have a default, and false for booleans', () => {
      expect(built({a: {type: 'string'}, b: {type: 'boolean'}})).to.deep.equal({a: undefined, b: false})
    })

    it('are missing when they are required and not given, and the error says where they can come from', () => {
      const specs = {input: {type: 'string', required: true, help: 'files to read', env: 'SLUICE_TEST_UNSET'}} as const
      refused(
        specs,
        {},
        /orders: option `input` \(files to read\) is required; give a non-empty string, or set .* SLUICE_TEST_UNSET/,
      )
    })

    it('are refused when a required string is empty', () => {
      refused({input: {type: 'string', required: true}}, {input: ''}, /`input` is ''; give a non-empty string/)
    })

    it('are refused when they have the wrong type', () => {
      refused({n: {type: 'number'}}, {n: '3'}, /option `n` is '3'; give a number/)
      refused({n: {type: 'number'}}, {n: Number.NaN}, /option `n` is NaN; give a number/)
      refused({b: {type: 'boolean'}}, {b: 'yes'}, /option `b` is 'yes'; give true or false/)
      refused({d: {type: 'duration'}}, {d: 'soon'}, /option `d` is 'soon'; give milliseconds as a number, or/)
      refused({s: {type: 'size'}}, {s: '9 apples'}, /option `s` is '9 apples'; give bytes as a number, or/)
    })

    it('are refused when they are not declared', () => {
      refused({input: {type: 'string'}}, {inputs: 'x'}, /unknown option `inputs`; did you mean `input`/)
    })

    describe('from the environment', () => {
      const VARIABLE = 'SLUICE_TEST_JOB_OPTION'
      afterEach(() => {
        delete process.env[VARIABLE]
      })
      const fromEnv = (spec: JobOptionSpecs[string], text: string, given: object = {}) => {
        process.env[VARIABLE] = text
        return built({x: {...spec, env: VARIABLE}}, given)['x']
      }

      it('are read as what they mean', () => {
        expect(fromEnv({type: 'string'}, 'text')).to.equal('text')
        expect(fromEnv({type: 'number'}, '2.5')).to.equal(2.5)
        expect(fromEnv({type: 'number'}, ' -1e3 ')).to.equal(-1000)
        expect(fromEnv({type: 'boolean'}, 'true')).to.equal(true)
        expect(fromEnv({type: 'boolean'}, '0')).to.equal(false)
        expect(fromEnv({type: 'duration'}, '2m')).to.equal(120_000)
        expect(fromEnv({type: 'duration'}, '250')).to.equal(250)
        expect(fromEnv({type: 'size'}, '64KiB')).to.equal(65_536)
      })

      it('give way to what is given', () => {
        expect(fromEnv({type: 'number'}, '1', {x: 2})).to.equal(2)
      })

      it('come before the default', () => {
        expect(fromEnv({type: 'number', default: 5}, '1')).to.equal(1)
      })

      it('count as not set when the variable is empty', () => {
        expect(fromEnv({type: 'number', default: 5}, '')).to.equal(5)
      })

      it('name the variable when they are bad', () => {
        expect(() => fromEnv({type: 'number'}, 'many')).to.throw(
          `orders: option \`x\`: the environment variable ${VARIABLE} has a value that is not allowed; give a number`,
        )
        for (const text of ['0x10', '1_000', '9007199254740993', '123456789012345.67891', '1e400'])
          expect(() => fromEnv({type: 'number'}, text), text).to.throw(/give a number/)
        expect(() => fromEnv({type: 'boolean'}, 'constructor')).to.throw(/give true or false/)
      })
    })

    it('are declared with a type that exists', () => {
      expect(() => defineJob({name: 'j', options: {a: {type: 'text' as never}}, build() {}})).to.throw(
        /option `options\.a\.type` is 'text'; give one of string, number/,
      )
    })

    it('are declared with keys that exist', () => {
      expect(() => defineJob({name: 'j', options: {a: {type: 'string', requird: true} as never}, build() {}})).to.throw(
        /unknown option `requird`; did you mean `required`/,
      )
    })

    it('are declared with a default of their type', () => {
      const options = {a: {type: 'duration', default: 'soon' as never}} as const
      expect(() => defineJob({name: 'j', options, build() {}})).to.throw(/`options\.a\.default` is 'soon'/)
    })

    it('are not both required and with a default', () => {
      const options = {a: {type: 'string', required: true, default: 'x'}} as const
      expect(() => defineJob({name: 'j', options, build() {}})).to.throw(/required and has a default/)
    })

    it('are declared with names that can be flags', () => {
      const options = {'max-rows': {type: 'number'}} as const
      expect(() => defineJob({name: 'j', options, build() {}})).to.throw(/camelCase/)
    })

    it('are declared with values when they are an enum', () => {
      const options = {a: {type: 'enum', values: []}} as const
      expect(() => defineJob({name: 'j', options, build() {}})).to.throw(/`options\.a\.values`/)
    })
  })
})
