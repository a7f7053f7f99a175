// Builds dist/: JavaScript in a few files, so that `import 'sluice'` reads little, and declarations file by file.
// The entries are those that package.json names; `node .ci/build.js DIR` builds into another folder.
import {spawnSync} from 'node:child_process'
import {readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import {prune} from './declarations.js'

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

for (const path of readdirSync(outdir, {recursive: true})) if (path.endsWith('.js')) nameClasses(join(outdir, path))
prune(
  outdir,
  Object.values(exports).flatMap(({types}) => (types ? [join(outdir, types.replace('./dist/', ''))] : [])),
)
for (const folder of readdirSync(outdir, {recursive: true}).sort().reverse()) {
  const path = join(outdir, folder)
  if (statSync(path).isDirectory() && readdirSync(path).length === 0) rmSync(path, {recursive: true})
}

/** esbuild makes `var X = class _X` of a class that mentions itself: then errors, and the steps of a graph, would be called `_X`. */
function nameClasses(file) {
  const code = readFileSync(file, 'utf8')
  const named = code.replace(/\b([A-Z]\w*)=class _\1\b/g, '$1=class $1')
  const inner = [...code.matchAll(/\b([A-Z]\w*)=class _\1\b/g)].map(([, name]) => name)
  const done = inner.reduce((text, name) => text.replace(new RegExp(`\\b_${name}\\b`, 'g'), name), named)
  if (done !== code) writeFileSync(file, done)
}
