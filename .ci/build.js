// Builds dist/: JavaScript in a few files, and declarations file by file; `node .ci/build.js DIR` builds into another folder.
import {spawnSync} from 'node:child_process'
import {readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {bundle} from './bundle.js'
import {prune} from './declarations.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const outdir = resolve(process.argv[2] ?? `${root}/dist`)
const {exports} = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

rmSync(outdir, {recursive: true, force: true})
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', outdir]
if (spawnSync(process.execPath, tsc, {cwd: root, stdio: 'inherit'}).status !== 0) process.exit(1)
await bundle(outdir)
prune(
  outdir,
  Object.values(exports).flatMap(({types}) => (types ? [join(outdir, types.replace('./dist/', ''))] : [])),
)
for (const folder of readdirSync(outdir, {recursive: true}).sort().reverse()) {
  const path = join(outdir, folder)
  if (statSync(path).isDirectory() && readdirSync(path).length === 0) rmSync(path, {recursive: true})
}
