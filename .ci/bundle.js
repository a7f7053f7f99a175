// The JavaScript of dist/, in a few files, so that `import 'sluice'` reads little. The entries are those that package.json names.
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Bundles lib/ into a folder, and deletes the JavaScript that an earlier build left there. */
export async function bundle(outdir) {
  const {exports, bin} = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const entries = [...Object.values(exports).map(entry => entry.default ?? entry), ...Object.values(bin)]
    .map(path => path.replace('./', ''))
    .filter(path => path.startsWith('dist/'))
    .map(path => path.replace(/^dist\//, 'lib/').replace(/\.js$/, '.ts'))
  const {outputFiles} = await build({
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
    write: false,
  })
  // chunks first, and each file in one step: a process that starts meanwhile finds a whole build, the old or the new one
  const isChunk = path => dirname(path).endsWith('chunks')
  for (const {path, text} of outputFiles.sort((a, b) => Number(isChunk(b.path)) - Number(isChunk(a.path)))) {
    mkdirSync(dirname(path), {recursive: true})
    const fresh = `${path}.${process.pid}`
    writeFileSync(fresh, nameClasses(text))
    renameSync(fresh, path)
  }
  const written = new Set(outputFiles.map(({path}) => path))
  for (const name of readdirSync(outdir, {recursive: true}))
    if (name.endsWith('.js') && !written.has(join(outdir, name))) rmSync(join(outdir, name), {force: true})
}

/** Whether dist/ was built from what lib/ is now. */
export function isBuilt() {
  const time = path => statSync(join(root, path), {throwIfNoEntry: false})?.mtimeMs ?? 0
  const sources = readdirSync(join(root, 'lib'), {recursive: true}).map(name => `lib/${name}`)
  const newest = Math.max(...[...sources, 'package.json', '.ci/bundle.js'].map(time))
  return time('dist/index.js') > newest && time('dist/cli/main.js') > newest
}

/** esbuild makes `var X = class _X` of a class that mentions itself: then errors, and the steps of a graph, would be called `_X`. */
function nameClasses(code) {
  const named = code.replace(/\b([A-Z]\w*)=class _\1\b/g, '$1=class $1')
  const inner = [...code.matchAll(/\b([A-Z]\w*)=class _\1\b/g)].map(([, name]) => name)
  return inner.reduce((text, name) => text.replace(new RegExp(`\\b_${name}\\b`, 'g'), name), named)
}
