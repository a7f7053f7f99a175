// `npm run bench:shell`: compares `sluice pipe` with jq, mlr and a bare readline loop; then pipes 1 GB in constant memory.
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sluice = `${process.execPath} ${root}/dist/cli/main.js`
const ROUNDS = 3
const COUNT = 1_000_000

interface Used {
  wall: number
  cpu: number
}

/** Runs a pipe in bash and returns what all its processes used. */
function measure(script: string, want?: string): Used {
  const {status, stdout, stderr} = spawnSync(
    'bash',
    ['-c', `set -o pipefail; TIMEFORMAT='%R %U %S'; time { ${script}; }`],
    {
      encoding: 'utf8',
      env: {...process.env, NODE_OPTIONS: ''},
    },
  )
  const last = stdout.trim().replace(/\s+/g, '')
  if (status !== 0 || (want !== undefined && last !== want)) throw new Error(`${script}: ${status}, ${stdout}${stderr}`)
  const [wall = 0, user = 0, system = 0] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number)
  return {wall, cpu: user + system}
}

const has = (command: string) => spawnSync('bash', ['-c', `command -v ${command}`]).status === 0

function report(title: string, contestants: Record<string, string>, base: string, want: string): void {
  const best = new Map<string, Used>()
  for (let i = 0; i < ROUNDS; i++)
    for (const [name, script] of Object.entries(contestants)) {
      const used = measure(`${script} | tail -1`, want)
      const known = best.get(name)
      if (!known || used.cpu < known.cpu) best.set(name, used)
    }
  const reference = best.get(base)!.cpu
  console.log(`${title}, CPU of the whole pipe, best of ${ROUNDS}`)
  for (const [name, {wall, cpu}] of best)
    console.log(
      `  ${name.padEnd(24)} ${cpu.toFixed(2).padStart(6)} s CPU ${wall.toFixed(2).padStart(6)} s wall  ratio ${(cpu / reference).toFixed(2)}x`,
    )
}

report(
  `seq ${COUNT}, each number to a JSON line`,
  {
    'bare readline loop': `seq ${COUNT} | ${process.execPath} ${root}/bench/shell/readline-loop.js`,
    'sluice pipe': `seq ${COUNT} | ${sluice} pipe --from text --map 'x => ({x: +x})'`,
    ...(has('jq') && {jq: `seq ${COUNT} | jq -Rc '{x: tonumber}'`}),
    ...(has('mlr') && {mlr: `seq ${COUNT} | mlr --inidx --ojsonl label x`}),
  },
  'bare readline loop',
  `{"x":${COUNT}}`,
)
for (const command of ['jq', 'mlr']) if (!has(command)) console.log(`  ${command} is not installed`)

// Peak memory of the process itself, told by Node when it ends.
const told = `data:text/javascript,process.on('exit',()=>console.error('RSS',process.resourceUsage().maxRSS))`
const LINES = 10_000_000
const script =
  `yes 'the quick brown fox jumps over the lazy dog, again and again, until all of the day has gone by as it must' | ` +
  `head -${LINES} | ${process.execPath} --import "${told}" ${root}/dist/cli/main.js pipe --from text --map 'x => ({x})' | wc -l`
const {stdout, stderr} = spawnSync('bash', ['-c', script], {encoding: 'utf8', env: {...process.env, NODE_OPTIONS: ''}})
const rssMB = Number(/RSS (\d+)/.exec(stderr)?.[1]) / 1024
const ok = Number(stdout) === LINES && rssMB < 150
console.log(`1 GB of text lines: ${Number(stdout).toLocaleString('en')} lines out, peak RSS ${rssMB.toFixed(0)} MB`)
console.log(`  ${ok ? 'ok' : 'MISSED'}: peak RSS (less than 150)`)
process.exitCode = ok ? 0 : 1
