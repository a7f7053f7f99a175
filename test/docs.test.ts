import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join, relative} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {ERROR_CODES} from '../lib/errors/index.ts'
import {SLUICE} from './support/command.ts'
import {publishedBuild} from './support/package.ts'
import {programCommand} from './support/program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map(name => `docs/${name}`)].filter(n =>
  n.endsWith('.md'),
)

interface Block {
  page: string
  line: number
  language: string
  code: string
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(match => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1]!,
    code: match[2]!,
  }))
}

/** Shell lines of the docs, and the test or CI step that runs what they run. */
const SHELL_LINES: Record<string, string> = {
  'npm init -y && npm pkg set type=module': 'test/package/first-hour.test.ts',
  'npm install sluice && npm install --save-dev @duckdb/node-api': 'test/package/first-hour.test.ts',
  "printf 'id,total\\na,1.5\\nb,2\\n' > orders.csv": 'test/package/first-hour.test.ts',
  'npx sluice local --dataset shop -- node first.js': 'test/package/first-hour.test.ts',
  'npm ci && npm run demo': '.ci/run: demo',
  'npm ci && npm test': '.ci/run: npm test',
  'npm run demo:streaming': '.ci/run: demo:streaming',
  "cat words.txt | npx sluice pipe --map 'line => ({shout: line.toUpperCase()})' | head -2": 'docs/shell.md',
  'npx sluice local --dir data -- npx tsx job.ts': 'test/cli/local.test.ts',
  'npx sluice local --http-port 9000': 'test/cli/local.test.ts',
}

/**
 * Pages whose shell blocks are run one after the other, in one folder, with `sluice` as the command; a `text` block after one
 * is what it prints.
 */
const SHELL_PAGES = ['docs/shell.md']

/** Runs a job that never ends: gives it messages, and stops it when it has acknowledged them. */
async function runUntilStopped(cloud: LocalCloud, file: string, code: string): Promise<void> {
  const projectId = code.includes('projects/my-project/') ? 'my-project' : 'local-project'
  const topic = new PubSub({...cloud.clientOptions.pubsub, projectId}).topic('my-topic')
  for (const id of ['a', 'b']) await topic.publishMessage({json: {id, total: 1}})
  const [node = '', ...program] = programCommand(file)
  const child = spawn(node, program, {stdio: ['ignore', 'ignore', 'pipe']})
  let errors = ''
  child.stderr.on('data', data => void (errors += data))
  const ended = once(child, 'exit')
  const subscription = `projects/${projectId}/subscriptions/my-subscription`
  while (cloud.pubsub.stats(subscription)!.unacked > 0 && child.exitCode === null) await sleep(20)
  child.kill('SIGTERM')
  expect(await ended, errors).to.deep.equal([0, null])
}

describe('the documentation', () => {
  let cloud: LocalCloud
  const saved = {...process.env}
  const folder = join(root, '.sluice', `docs-${process.pid}`)

  before(async () => {
    cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
    await new Storage().createBucket('my-bucket')
    await new Storage().bucket('my-bucket').file('my-file-1.csv').save('id,total\na,1.5\nb,2\n', {resumable: false})
    for (const dataset of ['my_dataset', 'shop']) await new BigQuery().createDataset(dataset)
    for (const projectId of ['local-project', 'my-project']) {
      const [topic] = await new PubSub({...cloud.clientOptions.pubsub, projectId}).createTopic('my-topic')
      await topic.createSubscription('my-subscription')
    }
    rmSync(folder, {recursive: true, force: true})
    mkdirSync(folder, {recursive: true})
    writeFileSync(join(folder, 'orders.csv'), 'id,total\na,1.5\nb,2\n')
    process.chdir(folder)
  })

  // a block that starts a local cloud of its own leaves the variables pointing to that
  beforeEach(() => void Object.assign(process.env, cloud.env))

  after(async () => {
    for (const name of Object.keys(cloud.env)) delete process.env[name]
    Object.assign(process.env, saved)
    await cloud.close()
    process.chdir(root)
    rmSync(folder, {recursive: true, force: true})
  })

  for (const block of pages.flatMap(blocksOf).filter(b => b.language === 'ts' || b.language === 'js')) {
    it(`${block.page}:${block.line} runs as it stands`, async () => {
      const file = join(folder, `${basename(block.page, '.md')}-${block.line}.${block.language}`)
      writeFileSync(file, block.code)
      if (block.code.includes('readFromStdin')) {
        const [node = '', ...program] = programCommand(file)
        const {status, stdout} = spawnSync(node, program, {input: 'hello\nworld\n', encoding: 'utf8'})
        expect({status, lines: stdout.trim().split('\n').length}).to.deep.equal({status: 0, lines: 2})
        return
      }
      if (block.code.includes("'SIGTERM'")) return runUntilStopped(cloud, file, block.code)
      const log = console.log
      console.log = () => {}
      try {
        await import(pathToFileURL(file).href)
      } finally {
        console.log = log
      }
    }).timeout(60_000)
  }

  it('has only code blocks that compile', () => {
    const blocks = pages.flatMap(blocksOf).filter(b => b.language === 'ts')
    for (const b of blocks) writeFileSync(join(folder, `${basename(b.page, '.md')}-${b.line}.ts`), b.code)
    // against the declarations that users have, which are checked in half the time of the sources
    const build = publishedBuild()
    const paths = Object.fromEntries(
      ['sluice', 'sluice/testing', 'sluice/monitor', 'sluice/emulators'].map(name => [
        name,
        [join(build, name.slice('sluice'.length), 'index.d.ts')],
      ]),
    )
    const compilerOptions = {types: ['node'], customConditions: [], paths}
    const config = {extends: '../../tsconfig.json', compilerOptions, include: ['*.ts']}
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const {stdout} = spawnSync(process.execPath, [tsc, '-p', folder], {encoding: 'utf8'})
    expect(stdout).to.equal('')
  }).timeout(60_000)

  for (const block of pages.flatMap(blocksOf).filter(b => b.language === 'sh' && !SHELL_PAGES.includes(b.page))) {
    it(`${block.page}:${block.line} shows only commands that CI runs`, () => {
      for (const line of block.code.trim().split('\n')) {
        const command = line.replace(/\s+#.*$/, '').trim()
        expect(Object.keys(SHELL_LINES), command).to.include(command)
      }
    })
  }

  for (const page of SHELL_PAGES) {
    const blocks = blocksOf(page)
    for (const [i, block] of blocks.entries()) {
      if (block.language !== 'sh') continue
      it(`${page}:${block.line} prints what the page says`, () => {
        const script = `sluice() { ${SLUICE.map(part => `'${part}'`).join(' ')} "$@"; }\n${block.code}`
        const {stdout, stderr} = spawnSync('bash', ['-c', script], {cwd: folder, encoding: 'utf8'})
        expect(stdout, stderr).to.equal(blocks[i + 1]?.language === 'text' ? blocks[i + 1]!.code : '')
      }).timeout(60_000)
    }
  }

  for (const block of pages.flatMap(blocksOf).filter(b => b.language === 'python'))
    it(`${block.page}:${block.line} is Python, as far as python3 is installed to tell`, function () {
      const check = 'import ast, sys; ast.parse(sys.stdin.read())'
      const {error, status, stderr} = spawnSync('python3', ['-c', check], {input: block.code, encoding: 'utf8'})
      if (error) return this.skip()
      expect({status, stderr}).to.deep.equal({status: 0, stderr: ''})
    })

  it('has no code block in a language that no test runs', () => {
    const others = pages
      .flatMap(blocksOf)
      .filter(b => !['ts', 'js', 'cjs', 'sh', 'text', 'json', 'python'].includes(b.language))
    expect(others.map(b => `${b.page}:${b.line} ${b.language}`)).to.deep.equal([])
  })

  it('lists every error code with its sentence', () => {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    for (const [code, sentence] of Object.entries(ERROR_CODES)) expect(text).to.include(`| \`${code}\` | ${sentence} |`)
  })

  it("does not use the house's own words before 'How it works' in the README", () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8')
    const [before, after] = text.split('## How it works')
    expect(before).to.not.match(/\b(bundle|lease|watermark|origin)s?\b/i)
    expect(after).to.match(/bundle/)
  })

  it('links only to pages that exist', () => {
    for (const page of [...pages, 'ARCHITECTURE.md', 'CHANGELOG.md']) {
      const text = readFileSync(join(root, page), 'utf8')
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
        const own = /^https:\/\/github\.com\/sluice-streams\/sluice\/blob\/main\/(.*)$/.exec(target)?.[1]
        if (own !== undefined) expect(existsSync(join(root, own)), `${page} -> ${target}`).to.equal(true)
        if (/^https?:/.test(target)) continue
        // what the package does not hold is linked by its address
        expect(relative(root, join(root, page, '..', target)), page).to.match(/^(docs\/.*|[A-Z]+(\.md)?)$/)
        expect(() => readFileSync(join(root, page, '..', target)), `${page} -> ${target}`).to.not.throw()
      }
    }
  })
})
