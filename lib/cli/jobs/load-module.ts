import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {extname, join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {messageOf} from '../../errors/index.ts'
import {UsageError} from '../report/exit.ts'
import {locatedError} from '../report/syntax-place.ts'

const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']

/** Imports a module by path, including TypeScript without a build step. */
export async function loadModule(path: string): Promise<Record<string, unknown>> {
  const file = resolve(path)
  if (!existsSync(file)) throw new UsageError(`${path}: there is no such file`)
  const extension = extname(file)
  if (!EXTENSIONS.includes(extension))
    throw new UsageError(`${path}: a module is a JavaScript or TypeScript file (${EXTENSIONS.join(', ')})`)
  if (extension.endsWith('ts')) await takeTypeScript(path, file)
  try {
    return exportsOf((await import(pathToFileURL(file).href)) as Record<string, unknown>)
  } catch (error) {
    const cause = locatedError(error, file)
    throw new UsageError(`${path} could not be loaded: ${messageOf(cause)}${moduleFix(cause)}`, {cause})
  }
}

/** The fix for `import` in a file that Node takes for CommonJS: tsx accepts both, Node itself goes by package.json. */
function moduleFix(error: unknown): string {
  return error instanceof SyntaxError && error.message.includes('import statement outside a module')
    ? '; package.json makes it CommonJS: npm pkg set type=module, or name the file .mts (.mjs)'
    : ''
}

/** Without a `type` in package.json, tsx compiles TypeScript to CommonJS, whose exports are under `default`. */
function exportsOf(module: Record<string, unknown>): Record<string, unknown> {
  const inner = module['default'] as Record<string, unknown> | undefined
  return inner?.['__esModule'] ? inner : module
}

let taken = false

/** Lets this process import TypeScript: natively where Node can, else through tsx. */
async function takeTypeScript(path: string, file: string): Promise<void> {
  if (taken || canStrip() || import.meta.url.endsWith('.ts')) return
  const apis = findTsx(file)
  if (apis === undefined)
    throw new UsageError(
      `${path}: Node ${process.versions.node} does not run TypeScript by itself, and tsx is not installed; ` +
        'npm install --save-dev tsx, use Node 22.18 or newer, or give a JavaScript file',
    )
  for (const api of apis) {
    const {register} = (await import(api)) as {register(): unknown}
    register()
  }
  taken = true
}

function canStrip(): boolean {
  return Boolean((process.features as {typescript?: unknown}).typescript)
}

/** The URLs of tsx, for CommonJS and ES modules: looked up from the module, the working directory, then sluice itself. */
function findTsx(file: string): string[] | undefined {
  for (const from of [file, join(process.cwd(), 'x.js'), import.meta.url]) {
    try {
      const manifest = createRequire(from).resolve('tsx/package.json')
      const {exports} = JSON.parse(readFileSync(manifest, 'utf8')) as {exports: TsxExports}
      // require.resolve would give the CommonJS file, which cannot register
      return TSX_APIS.map(api => new URL(exports[api].import.default, pathToFileURL(manifest)).href)
    } catch {}
  }
  return undefined
}

const TSX_APIS = ['./cjs/api', './esm/api'] as const

type TsxExports = Readonly<Record<(typeof TSX_APIS)[number], {readonly import: {readonly default: string}}>>
