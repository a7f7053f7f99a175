// Takes out of the declarations in a folder what no entry leads to: files, statements, and names in imports and exports.
import {readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import ts from 'typescript-5'

/** @param entries declaration files, all of whose exports are kept */
export function prune(folder, entries) {
  const program = ts.createProgram(entries, {
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
  })
  const checker = program.getTypeChecker()
  const files = program.getSourceFiles().filter(({fileName}) => fileName.startsWith(folder))
  /** Statements and specifiers that stay. */
  const kept = new Set()

  const need = symbol => {
    for (const declaration of symbol?.declarations ?? []) {
      if (!files.includes(declaration.getSourceFile())) continue
      const specifier = ts.isImportSpecifier(declaration) || ts.isExportSpecifier(declaration)
      const node = specifier ? declaration : statementOf(declaration)
      if (kept.has(node)) continue
      kept.add(node)
      if (specifier) need(checker.getImmediateAliasedSymbol(symbol))
      else look(node)
    }
  }
  const look = node => {
    if (ts.isIdentifier(node)) need(checker.getSymbolAtLocation(node))
    ts.forEachChild(node, look)
  }
  for (const entry of entries) {
    const file = program.getSourceFile(entry)
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(file))) need(symbol)
  }

  const left = new Map(files.map(file => [file.fileName, file.statements.map(each => textOf(each, kept)).join('')]))
  for (const name of readdirSync(folder, {recursive: true})) {
    const path = join(folder, name)
    if (!name.endsWith('.d.ts')) continue
    if (left.get(path)) writeFileSync(path, `${left.get(path)}\n`)
    else rmSync(path)
  }
}

function statementOf(node) {
  let statement = node
  while (!ts.isSourceFile(statement.parent)) statement = statement.parent
  return statement
}

/** What is left of a statement, empty if nothing is. */
function textOf(statement, kept) {
  const clause = ts.isImportDeclaration(statement) ? statement.importClause : statement
  const names = clause?.namedBindings ?? clause?.exportClause
  // `export * from` and imports for their effect name nothing
  const whole = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) || kept.has(statement)
  if (!names?.elements) return whole ? statement.getFullText() : ''
  const left = names.elements.filter(specifier => kept.has(specifier))
  if (left.length === 0 && names.elements.length > 0) return ''
  const [from, to] = [names.getStart() - statement.getFullStart(), names.getEnd() - statement.getFullStart()]
  const text = statement.getFullText()
  return `${text.slice(0, from)}{ ${left.map(specifier => specifier.getText()).join(', ')} }${text.slice(to)}`
}
