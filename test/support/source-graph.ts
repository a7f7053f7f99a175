import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {basename, dirname, join, relative, resolve} from 'node:path'
import ts from 'typescript-5'

/** One import or re-export of names of another file; `names` is undefined for all of them, as in `import('./x.ts')`. */
export interface Use {
  readonly to: string
  readonly names: readonly string[] | undefined
}

/** What the house test asks of one source file. */
export interface Source {
  readonly path: string
  readonly lines: number
  /** Every relative import, type-only and dynamic ones included; re-exports are in {@link exports}. */
  readonly uses: readonly Use[]
  /** Exported names; those of another file with where they come from. */
  readonly exports: ReadonlyMap<string, {readonly from: string; readonly name: string} | undefined>
  /** Names and lengths of functions, methods and accessors. */
  readonly functions: readonly {readonly name: string; readonly line: number; readonly lines: number}[]
}

/** All TypeScript files below a folder, parsed. */
export function parseFolder(folder: string): Map<string, Source> {
  const files = (readdirSync(folder, {recursive: true}) as string[]).filter(file => file.endsWith('.ts')).sort()
  return new Map(files.map(file => join(folder, file)).map(path => [path, parse(path)]))
}

function parse(path: string): Source {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const uses: Use[] = []
  const exports: [string, {from: string; name: string} | undefined][] = []
  const functions: {name: string; line: number; lines: number}[] = []
  const target = (specifier: ts.Node | undefined): string | undefined =>
    specifier && ts.isStringLiteral(specifier) && specifier.text.startsWith('.')
      ? resolve(dirname(path), specifier.text)
      : undefined
  const visit = (node: ts.Node): void => {
    const used = useOf(node, target)
    if (used) uses.push(used)
    if (ts.isFunctionLike(node) && 'body' in node && node.body) functions.push(measure(node, file))
    ts.forEachChild(node, visit)
  }
  visit(file)
  for (const statement of file.statements) exports.push(...exportsOf(statement, target))
  return {path, lines: file.getLineAndCharacterOfPosition(file.end).line, uses, exports: new Map(exports), functions}
}

type Target = (specifier: ts.Node | undefined) => string | undefined

function useOf(node: ts.Node, target: Target): Use | undefined {
  if (ts.isImportDeclaration(node)) {
    const to = target(node.moduleSpecifier)
    const bindings = node.importClause?.namedBindings
    if (to === undefined) return undefined
    if (bindings && ts.isNamespaceImport(bindings)) return {to, names: undefined}
    return {to, names: bindings?.elements.map(({propertyName, name}) => (propertyName ?? name).text) ?? []}
  }
  if (ts.isExportDeclaration(node) && !node.exportClause) {
    const to = target(node.moduleSpecifier)
    if (to !== undefined) return {to, names: undefined}
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const to = target(node.argument.literal)
    const {qualifier} = node
    if (to !== undefined) return {to, names: qualifier && ts.isIdentifier(qualifier) ? [qualifier.text] : undefined}
  }
  // `declare module './x.ts' {interface Y {…}}` adds to Y
  if (ts.isModuleDeclaration(node) && node.body && ts.isModuleBlock(node.body)) {
    const to = target(node.name)
    const names = node.body.statements.filter(ts.isInterfaceDeclaration).map(({name}) => name.text)
    if (to !== undefined) return {to, names}
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const to = target(node.arguments[0])
    if (to !== undefined) return {to, names: undefined}
  }
  return undefined
}

function* exportsOf(node: ts.Statement, target: Target): Generator<[string, {from: string; name: string} | undefined]> {
  if (ts.isExportDeclaration(node)) {
    if (!node.exportClause || !ts.isNamedExports(node.exportClause)) return
    const from = target(node.moduleSpecifier)
    for (const {propertyName, name} of node.exportClause.elements)
      yield [name.text, from === undefined ? undefined : {from, name: (propertyName ?? name).text}]
    return
  }
  if (!ts.canHaveModifiers(node) || !ts.getModifiers(node)?.some(({kind}) => kind === ts.SyntaxKind.ExportKeyword))
    return
  if (ts.isVariableStatement(node)) {
    for (const {name} of node.declarationList.declarations) if (ts.isIdentifier(name)) yield [name.text, undefined]
  } else if ('name' in node && node.name) yield [(node.name as ts.Identifier).text, undefined]
}

function measure(node: ts.SignatureDeclaration, file: ts.SourceFile): Source['functions'][number] {
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1
  const line = lineAt(node.getStart(file))
  const holder = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined)
  const name = holder?.getText(file) ?? (ts.isConstructorDeclaration(node) ? 'constructor' : 'a function')
  return {name, line, lines: lineAt(node.end) - line + 1}
}

/** The files that a file imports or re-exports from. */
export function targetsOf({uses, exports}: Source): string[] {
  return [...new Set([...uses.map(({to}) => to), ...[...exports.values()].flatMap(origin => origin?.from ?? [])])]
}

/** The groups of files that import each other in a circle, largest first. */
export function cycles(sources: ReadonlyMap<string, Source>): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const groups: string[][] = []
  const visit = (path: string): number => {
    const index = order.size
    order.set(path, index)
    lowest.set(path, index)
    stack.push(path)
    for (const to of targetsOf(sources.get(path)!)) {
      if (!sources.has(to)) continue
      const reached = order.has(to) ? (stack.includes(to) ? order.get(to)! : index) : visit(to)
      lowest.set(path, Math.min(lowest.get(path)!, reached))
    }
    if (lowest.get(path) === index) {
      const group = stack.splice(stack.indexOf(path))
      if (group.length > 1) groups.push(group.sort())
    }
    return lowest.get(path)!
  }
  for (const path of sources.keys()) if (!order.has(path)) visit(path)
  return groups.sort((a, b) => b.length - a.length)
}

/**
 * The exports that nobody imports, as `file: name`.
 *
 * Importers are other files of the library, whatever kind of import; the entry points of the package, whose exports are all
 * public; and the tests of the very file: `test/a/b.test.ts` and `test/a/b-*.test.ts` for `lib/a/b.ts`. A re-export counts
 * only if somebody imports from it. Other tests, benchmarks and samples do not count.
 */
export function unusedExports(
  root: string,
  sources: ReadonlyMap<string, Source>,
  entries: readonly string[],
): string[] {
  const used = new Set<string>()
  const use = (path: string, name: string): void => {
    const key = `${path}: ${name}`
    if (used.has(key)) return
    used.add(key)
    const origin = sources.get(path)?.exports.get(name)
    if (origin) use(origin.from, origin.name)
  }
  const useAll = ({to, names}: Use) => {
    for (const name of names ?? sources.get(to)?.exports.keys() ?? []) use(to, name)
  }
  for (const to of entries) useAll({to, names: undefined})
  for (const source of sources.values()) source.uses.forEach(useAll)
  const unused = ({path, exports}: Source) => [...exports.keys()].filter(name => !used.has(`${path}: ${name}`))
  for (const source of sources.values()) {
    // parsing is what takes time: only tests that can change the answer are parsed
    if (unused(source).length === 0) continue
    for (const test of twins(root, source.path))
      for (const use of parse(test).uses) if (use.to === source.path) useAll(use)
  }
  return [...sources.values()].flatMap(source => unused(source).map(name => `${source.path}: ${name}`))
}

/** The tests of one file of the library. */
function twins(root: string, file: string): string[] {
  const folder = join(root, 'test', relative(join(root, 'lib'), dirname(file)))
  const name = basename(file, '.ts')
  const isTwin = (test: string) =>
    test === `${name}.test.ts` || (test.startsWith(`${name}-`) && test.endsWith('.test.ts'))
  return existsSync(folder)
    ? readdirSync(folder)
        .filter(isTwin)
        .map(test => join(folder, test))
    : []
}
