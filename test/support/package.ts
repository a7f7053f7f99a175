import {spawnSync} from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** A project in which the package is installed as npm would lay it; what it depends on is found further up. */
export const project = join(root, '.sluice', `package-${process.pid}`)
/** The path of the installed package. */
export const packageFolder = join(project, 'node_modules/sluice')

let installed: 'javascript' | 'with types' | undefined

/** Lays the package into the project, once for all tests of this process: what is built for all tests, or as it is published. */
export function install(how: typeof installed = 'javascript'): void {
  if (installed === how || installed === 'with types') return
  if (!installed) process.once('exit', () => rmSync(project, {recursive: true, force: true}))
  mkdirSync(packageFolder, {recursive: true})
  writeFileSync(join(project, 'package.json'), '{"type": "module"}')
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'ARCHITECTURE.md', 'docs'])
    cpSync(join(root, name), join(packageFolder, name), {recursive: true})
  const dist = join(packageFolder, 'dist')
  rmSync(dist, {recursive: true, force: true})
  cpSync(how === 'javascript' ? join(root, 'dist') : publishedBuild(), dist, {recursive: true})
  installed = how
}

/**
 * A build as it is published, with declarations, which takes seconds: made once for all processes, and again when its
 * sources have changed.
 */
export function publishedBuild(): string {
  const time = (path: string) => statSync(join(root, path)).mtimeMs
  const below = (folder: string) =>
    readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'}).map(name => `${folder}/${name}`)
  const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json', ...below('lib'), ...below('.ci')]
  const folder = join(root, '.sluice/published')
  const build = join(folder, String(Math.max(...sources.map(time))))
  mkdirSync(folder, {recursive: true})
  while (!existsSync(build) && !lock(`${build}.lock`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  if (existsSync(build)) return build
  try {
    const made = `${build}.new`
    const {status, stdout, stderr} = node([join(root, '.ci/build.js'), made], '', root)
    if (status !== 0) throw new Error(`the build failed: ${stdout}${stderr}`)
    for (const old of readdirSync(folder)) if (/^[\d.]+$/.test(old)) rmSync(join(folder, old), {recursive: true})
    renameSync(made, build)
  } finally {
    rmdirSync(`${build}.lock`)
  }
  return build
}

/** Takes a lock; one that is older than any build was left by a process that was killed. */
function lock(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch {
    const made = statSync(path, {throwIfNoEntry: false})?.mtimeMs
    if (made !== undefined && Date.now() - made > 120_000) rmSync(path, {recursive: true, force: true})
    return false
  }
}

/** Runs Node in the project, without what runs TypeScript for the tests themselves. */
export function node(
  args: string[],
  input = '',
  cwd = project,
): {status: number | null; stdout: string; stderr: string} {
  const {status, stdout, stderr} = spawnSync(process.execPath, args, {
    cwd,
    input,
    encoding: 'utf8',
    env: {...process.env, NODE_OPTIONS: ''},
  })
  return {status, stdout, stderr}
}

/** Runs `npm` on the installed package. */
export function npm(args: string[]): {status: number | null; stdout: string; stderr: string} {
  const {status, stdout, stderr} = spawnSync('npm', args, {cwd: packageFolder, encoding: 'utf8'})
  return {status, stdout, stderr}
}

/** A development tool of this repository. */
export function tool(path: string): string {
  return join(root, 'node_modules', path)
}
