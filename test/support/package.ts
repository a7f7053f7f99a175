import {spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, rmSync, writeFileSync} from 'node:fs'
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
  if (how === 'javascript') cpSync(join(root, 'dist'), dist, {recursive: true})
  else {
    const {status, stdout, stderr} = node([join(root, '.ci/build.js'), dist])
    if (status !== 0) throw new Error(`the build failed: ${stdout}${stderr}`)
  }
  installed = how
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
