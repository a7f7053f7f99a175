// Builds dist/: JavaScript in a few files, so that `import 'sluice'` reads little, and declarations file by file.
// The entries are those that package.json names; `node .ci/build.js DIR` builds into another folder.
import {spawnSync} from 'node:child_process'
import {readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {dirname, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const outdir = resolve(process.argv[2] ?? `${root}/dist`)
const {exports, bin} = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
const built = [...Object.values(exports).map(entry => entry.default ?? entry), ...Object.values(bin)]
const entries = built
  .map(path => path.replace('./', ''))
  .filter(path => path.startsWith('dist/'))
  .map(path => path.replace(/^dist\//, 'lib/').replace(/\.js$/, '.ts'))

rmSync(outdir, {recursive: true, force: true})
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', outdir]
if (spawnSync(process.execPath, tsc, {cwd: root, stdio: 'inherit'}).status !== 0) process.exit(1)
await build({
  absWorkingDir: root,
  entryPoints: entries,
  outdir,
  outbase: 'lib',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  chunkNames: 'chunks/[name]-[hash]',
  tsconfig: 'tsconfig.build.json',
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  logLevel: 'warning',
})

// Declarations that no entry leads to are of no use to anybody.
const reachable = new Set()
const follow = file => {
  if (reachable.has(file)) return
  reachable.add(file)
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.(?:js|ts)['"]/g))
    follow(resolve(dirname(file), `${path}.d.ts`))
}
for (const {types} of Object.values(exports)) if (types) follow(join(outdir, types.replace('./dist/', '')))
for (const name of readdirSync(outdir, {recursive: true})) {
  const file = join(outdir, name)
  if (name.endsWith('.d.ts') && !reachable.has(file)) rmSync(file)
}
for (const folder of readdirSync(outdir, {recursive: true}).sort().reverse()) {
  const path = join(outdir, folder)
  if (statSync(path).isDirectory() && readdirSync(path).length === 0) rmSync(path, {recursive: true})
}
