// `npm run bench:startup`: the start-up time of the built package beside bare Node. Commands take turns; medians.
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const ROUNDS = 15

const contestants = {
  'bare Node': ['--input-type=module', '-e', ''],
  "import 'sluice'": ['--input-type=module', '-e', "import 'sluice'"],
  "import 'sluice/testing'": ['--input-type=module', '-e', "import 'sluice/testing'"],
  'sluice --help': ['dist/cli/main.js', '--help'],
  'sluice pipe, one line': ['dist/cli/main.js', 'pipe', '--map', 'x => ({x})'],
}

function wallMs(args: string[]): number {
  const from = performance.now()
  const {status, stderr} = spawnSync(process.execPath, args, {
    cwd: root,
    input: 'a\n',
    env: {...process.env, NODE_OPTIONS: ''},
  })
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}: ${String(stderr)}`)
  return performance.now() - from
}

const times = new Map(Object.keys(contestants).map(name => [name, [] as number[]]))
for (let i = 0; i < ROUNDS; i++)
  for (const [name, args] of Object.entries(contestants)) times.get(name)!.push(wallMs(args))
const median = (name: string) => times.get(name)!.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!

const bare = median('bare Node')
console.log(`Start-up on Node ${process.versions.node}, median of ${ROUNDS}`)
for (const name of times.keys())
  console.log(
    `  ${name.padEnd(24)} ${median(name).toFixed(0).padStart(5)} ms  ratio ${(median(name) / bare).toFixed(1)}x`,
  )

let missed = 0
function limit(name: string, ms: number, most: number): void {
  if (ms >= most) missed++
  console.log(`  ${ms < most ? 'ok' : 'MISSED'}: ${name}: ${ms.toFixed(0)} ms (less than ${most})`)
}
limit("import 'sluice' more than bare Node", median("import 'sluice'") - bare, 80)
limit('sluice --help', median('sluice --help'), 250)
limit('sluice pipe more than bare Node', median('sluice pipe, one line') - bare, 160)
process.exitCode = missed > 0 ? 1 : 0
