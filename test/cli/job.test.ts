import {once} from 'node:events'
import {writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {startLocalCloud} from '../../lib/emulators/index.ts'
import {LIBRARY} from '../support/command.ts'
import {compiledProgram} from '../support/program.ts'
import {ended, sluice, start} from './command.ts'

const MESSAGES = fileURLToPath(new URL('messages-fixture.ts', import.meta.url))
const FILE_JOB = fileURLToPath(new URL('file-job-fixture.ts', import.meta.url))
const RESOURCES_JOB = fileURLToPath(new URL('resources-job-fixture.ts', import.meta.url))
const JOB = compiledProgram(fileURLToPath(new URL('job-fixture.ts', import.meta.url)))

describe('sluice run', function () {
  // starts processes, on a machine that may be busy
  this.timeout(60_000)
  it('runs a job with its options, and reports target and summary on standard error', async () => {
    const {code, out, err} = await sluice(['run', JOB, '--times', '2', '--mode', 'loud'], 'ab\n', cloudOf('my-project'))
    expect({code, out}).to.deep.equal({code: 0, out: 'ABAB\n'})
    expect(err).to.match(/^target: this machine only\nstep .*\n-+\nRead .*\nRepeat .*\nWrite .*\ntook /)
  })
  it('says nothing but data with --quiet', async () => {
    expect(await sluice(['run', JOB, '--times', '1', '--quiet'], 'a\n')).to.deep.equal({code: 0, out: 'a\n', err: ''})
  })
  it('takes options from the environment', async () => {
    expect((await sluice(['run', JOB, '--quiet'], 'a\n', {SLUICE_TEST_TIMES: '3'})).out).to.equal('aaa\n')
  })
  it("shows the job's own options with --help", async () => {
    const {code, out} = await sluice(['run', JOB, '--help'])
    expect(code).to.equal(0)
    for (const text of [
      'Repeats each line of standard input.',
      '--times <number>',
      'how often (required, env: SLUICE_TEST_TIMES)',
      '--max-rows <number>',
      'one of plain, loud (default: plain)',
      '--no-dry ',
      '--dry-run',
    ])
      expect(out).to.include(text)
  })
  it('shows what came from the environment by the name of the variable with --dry-run', async () => {
    const env = {SLUICE_TEST_TIMES: '4711'}
    const text = await sluice(['run', JOB, '--dry-run'], '', env)
    expect(text.out).to.include('\n  times = "$SLUICE_TEST_TIMES"\n').and.not.include('4711')
    const {out} = await sluice(['run', JOB, '--dry-run', '--json'], '', env)
    expect(JSON.parse(out)).to.have.property('options').that.includes({times: '$SLUICE_TEST_TIMES', mode: 'plain'})
    expect((await sluice(['run', JOB, '--dry-run', '--times', '3'], '', env)).out).to.include('\n  times = 3\n')
    const wrong = await sluice(['run', JOB, '--dry-run'], '', {SLUICE_TEST_TIMES: 'hunter2'})
    expect(wrong.err).to.include('the environment variable SLUICE_TEST_TIMES').and.not.include('hunter2')
  })
  it('says of a job that touches nothing but this machine that it does', async () => {
    const {err} = await sluice(['run', JOB, '--times', '1', '--dry-run'], '', cloudOf('my-project'))
    expect(err).to.equal('target: this machine only\n')
  })
  it('makes what the job names in a local cloud, and reports it', async () => {
    const {code, err} = await sluice(['run', RESOURCES_JOB, '--local'])
    expect(code, err).to.equal(0)
    expect(err).to.match(/\nmade, since the job names it: dataset shop, gs:\/\/my-bucket, topic my-topic\n/)
  })
  it('prints graph and checked options with --dry-run, and reads nothing', async () => {
    const child = start(['run', JOB, '--dry-run', '--times', '2', '--pause', '1m', '--no-dry'])
    // standard input stays open: a run would wait for it
    const {code, out, err} = await ended(child)
    expect({code, out}).to.deep.equal({
      code: 0,
      out: [
        'repeat',
        '  Read (source StdinSource)',
        '    -> Repeat',
        '  Repeat (dofn map)',
        '    -> Write',
        '  Write (sink StdoutSink)',
        'options',
        '  times = 2',
        '  pause = 60000',
        '  most = 1000000',
        '  mode = "plain"',
        '  dry = false',
        '  maxRows = not given',
        '',
      ].join('\n'),
    })
    expect(err).to.match(/^target: /)
  })
  it('prints the dry run as one JSON document with --json', async () => {
    const {out} = await sluice(['run', JOB, '--dry-run', '--json', '--times', '2'])
    const {job, options, graph} = JSON.parse(out)
    expect({job, times: options.times, steps: graph.steps.length}).to.deep.equal({job: 'repeat', times: 2, steps: 3})
  })
  it('reads with --checkpoint what an earlier run has not committed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const file = join(dir, 'lines.txt')
    writeFileSync(file, 'a\nb\n')
    const args = ['run', FILE_JOB, '--input', file, '--checkpoint', join(dir, 'checkpoint'), '--quiet']
    expect(await sluice(args)).to.deep.equal({code: 0, out: '"a"\n"b"\n', err: ''})
    expect(await sluice(args)).to.deep.equal({code: 0, out: '', err: ''})
    await rm(dir, {recursive: true})
  })
  it('runs against a local cloud with --local', async () => {
    const {code, out, err} = await sluice(['run', JOB, '--times', '1', '--local'], 'a\n')
    expect({code, out}).to.deep.equal({code: 0, out: 'a\n'})
    expect(err).to.match(/^target: local, \//)
  })
  it('drains on SIGTERM, and exits with 143 since its input was cut short', async () => {
    const child = start(['run', JOB, '--times', '1'])
    child.stdin!.on('error', () => {})
    child.stdin!.write('a\n')
    const [first] = await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    const {code} = await ended(child)
    expect({code, first: String(first)}).to.deep.equal({code: 143, first: 'a\n'})
  })

  it('drains on SIGTERM, and exits with 0 when it reads messages, which have no end', async () => {
    const cloud = await startLocalCloud()
    const [topic] = await new PubSub(cloud.clientOptions.pubsub).createTopic('orders')
    await topic.createSubscription('orders')
    await topic.publishMessage({data: Buffer.from('hello')})
    const child = start(['run', MESSAGES], {...cloud.env})
    const ending = ended(child)
    const [first] = await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    const {code, err} = await ending
    expect({code, first: String(first)}, err).to.deep.equal({code: 0, first: 'hello\n'})
    expect(err).to.match(/^target: emulators, PUBSUB_EMULATOR_HOST=/)
    await cloud.close()
  })

  describe('with a module of its own', () => {
    let dir: string
    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    })
    after(() => rm(dir, {recursive: true}))
    const module = (name: string, code: string) => {
      const path = join(dir, name)
      writeFileSync(path, code.replaceAll("'sluice'", `'${LIBRARY}'`))
      return path
    }
    const job = (build: string, options = '{}') =>
      `import {create, defineJob, discard, map} from 'sluice'
       export default defineJob({name: 'numbers', options: ${options}, build(p) { ${build} }})`

    it('exits with 1 when the run fails, and --json reports how', async () => {
      const path = module(
        'fails.mjs',
        job(`p.apply(create([1])).apply('Fail', map(() => { throw new Error('boom') })).apply(discard())`),
      )
      const {code, out, err} = await sluice(['run', path, '--json'])
      expect(code).to.equal(1)
      expect(err).to.match(/sluice: Fail: boom\n {2}at .*:\d+:\d+\n {2}element: 1\n$/)
      const {state, error: told, steps} = JSON.parse(out)
      const {at, stack, ...error} = told
      expect(at).to.deep.include({file: path, line: 2})
      expect(stack).to.match(/^Error: boom\n {4}at /)
      expect({state, error, steps: steps.length}).to.deep.equal({
        state: 'failed',
        error: {code: 'ERR_SLUICE_PROCESS', stage: 'Fail', element: '1', message: 'Fail: boom'},
        steps: 3,
      })
    })
    it('gives the result as one JSON document with --json', async () => {
      const path = module('works.mjs', job('p.apply(create([1, 2])).apply(discard())'))
      const {code, out} = await sluice(['run', path, '--json'])
      const {job: name, state, drained, steps} = JSON.parse(out)
      expect({code, name, state, drained, in: steps[1].in}).to.deep.equal({
        ...{code: 0, name: 'numbers', state: 'done', drained: false, in: 2},
      })
    })
    it('reports in that document which files were written', async () => {
      const prefix = join(dir, 'numbers')
      const write = `p.apply(create(['a', 'b'])).apply(writeToText(${JSON.stringify(prefix)}, {numShards: 2}))`
      const path = module('writes.mjs', `import {writeToText} from 'sluice'\n${job(write)}`)
      const {out} = await sluice(['run', path, '--json'])
      expect(JSON.parse(out).steps.map(({written}: {written?: string[]}) => written)).to.deep.equal([
        undefined,
        [`${prefix}-00000-of-00002`, `${prefix}-00001-of-00002`],
      ])
    })
    it('exits with 2 for a module that is not a job', async () => {
      const {code, err} = await sluice(['run', module('none.mjs', 'export default 5')])
      expect({code, err: err.includes('is not a job module')}).to.deep.equal({code: 2, err: true})
    })
    it('exits with 2 for a module that throws', async () => {
      const {code, err} = await sluice(['run', module('throws.mjs', 'throw new Error("at once")')])
      expect({code, err: err.includes('could not be loaded: at once')}).to.deep.equal({code: 2, err: true})
    })
    it("exits with 2 for an option that has the name of the command's", async () => {
      const path = module('clash.mjs', job('p.apply(create([1])).apply(discard())', `{json: {type: 'string'}}`))
      expect((await sluice(['run', path])).err).to.match(/option `json` and .*--json collide/)
    })
  })

  for (const [args, message] of [
    [[], 'name the job module'],
    [['nowhere.ts'], 'nowhere.ts: there is no such file'],
    [['job.txt'], 'there is no such file'],
    [[JOB], 'option `times` (how often) is required'],
    [[JOB, '--times', 'many'], "option `times` is 'many'; give a number"],
    [[JOB, '--times', '1', '--mode', 'soft'], "option `mode` is 'soft'; give one of 'plain', 'loud'"],
    [[JOB, '--nope'], "unknown option '--nope'"],
  ] as const)
    it(`exits with 2 for: ${args.join(' ').replace(JOB, 'JOB')}`, async () => {
      const {code, out, err} = await sluice(['run', ...args])
      expect({code, out}).to.deep.equal({code: 2, out: ''})
      expect(err).to.include(message)
    })
})

/** An environment that points to Google Cloud. */
function cloudOf(project: string): Record<string, string> {
  return {
    ...{STORAGE_EMULATOR_HOST: '', BIGQUERY_EMULATOR_HOST: '', PUBSUB_EMULATOR_HOST: ''},
    GOOGLE_CLOUD_PROJECT: project,
  }
}
