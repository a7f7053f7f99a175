// Writes docs/options.md, the reference of all options, from the declarations and docstrings in lib/.
// `node .ci/options.js --print` writes it to standard output instead: .ci/run compares the two.
import {writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import ts from 'typescript-5'

const root = fileURLToPath(new URL('..', import.meta.url))
const entries = ['lib/index.ts', 'lib/testing/index.ts', 'lib/monitor/index.ts', 'lib/emulators/index.ts'].map(
  file => root + file,
)
const program = ts.createProgram(entries, {
  allowImportingTsExtensions: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  types: ['node'],
})
const checker = program.getTypeChecker()

/** What an entry exports, aliases followed. */
const exportsOf = file =>
  checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)))
    .map(symbol => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))

const text = parts => ts.displayPartsToString(parts).replaceAll(/\s+/g, ' ').trim()
const plain = doc => doc.replaceAll(/\{@link (\w+)\}/g, '`$1`')
/** The first sentence; `e.g.` ends none. */
const sentence = doc => /^.*?[.:](?= [A-Z`'])|^.*$/.exec(doc)[0].replace(/:$/, '.')
const cell = string => string.replaceAll('|', '\\|')

function typeText(property) {
  const declaration = property.valueDeclaration ?? property.declarations[0]
  // as it is written, aliases such as Duration included
  const written = declaration.type?.getText() ?? checker.typeToString(checker.getTypeOfSymbol(property))
  // of an option that may be left out
  return written
    .replaceAll(/\s+/g, ' ')
    .replace(/ \| undefined$/, '')
    .replace(/^\((.* => .*)\)$/, '$1')
}

const isOptional = property => (property.flags & ts.SymbolFlags.Optional) !== 0
const isOptions = symbol => symbol && /Options$/.test(symbol.name)

/** Interfaces that a declaration extends, and which of their members it leaves out. */
function basesOf(symbol) {
  const heritage = symbol.declarations.flatMap(declaration => declaration.heritageClauses ?? [])
  return heritage
    .flatMap(clause => clause.types)
    .map(node => {
      const omits = node.expression.getText() === 'Omit'
      const type = checker.getTypeAtLocation(omits ? node.typeArguments[0] : node)
      return {symbol: type.aliasSymbol ?? type.symbol, omitted: omits ? node.typeArguments[1].getText() : ''}
    })
    .filter(base => isOptions(base.symbol))
}

const interfaces = new Map()
const users = new Map()

function note(symbol) {
  if (interfaces.has(symbol.name)) return
  interfaces.set(symbol.name, symbol)
  for (const base of basesOf(symbol)) note(base.symbol)
}

/** The types that make up one: the members of a tuple, of an intersection, of both sides of a condition. */
function partsOf(given) {
  const type = checker.getNonNullableType(given)
  if (type.isIntersection()) return type.types
  if (checker.isTupleType(type)) return checker.getTypeArguments(type).flatMap(partsOf)
  if (!(type.flags & ts.TypeFlags.Conditional)) return [type]
  const {trueType, falseType} = type.root.node
  return [trueType, falseType].flatMap(node => partsOf(checker.getTypeFromTypeNode(node)))
}

/** The options among the parameters of a function or constructor. */
function optionsIn(signature) {
  return signature.parameters
    .flatMap(parameter => partsOf(checker.getTypeOfSymbol(parameter)))
    .map(part => part.aliasSymbol ?? part.symbol)
    .filter(isOptions)
}

for (const file of entries)
  for (const symbol of exportsOf(file)) {
    if (!symbol.declarations) continue
    const type = checker.getTypeOfSymbolAtLocation(symbol, symbol.declarations[0])
    const isClass = (symbol.flags & ts.SymbolFlags.Class) !== 0
    for (const signature of isClass ? type.getConstructSignatures() : type.getCallSignatures())
      for (const options of optionsIn(signature)) {
        note(options)
        const name = isClass ? `new ${symbol.name}()` : `${symbol.name}()`
        users.set(options.name, new Set([...(users.get(options.name) ?? []), name]))
      }
    if (isOptions(symbol) && symbol.flags & ts.SymbolFlags.Interface) note(symbol)
  }

const link = ({symbol: {name}, omitted}) =>
  `[${name}](#${name.toLowerCase()})${omitted && ` but for ${omitted.replaceAll("'", '`').replaceAll(' | ', ', ')}`}`

const lines = [
  '# Options',
  '',
  'Every options object of the library, made from the declarations by `npm run docs:options`. Unknown names are errors at',
  "construction. A `Duration` is `'5s'`, `'2m'` or milliseconds; a `Size` is `'9MB'` or bytes.",
]
const byUse = [...interfaces].sort(([a], [b]) => Number(users.has(b)) - Number(users.has(a)) || (a < b ? -1 : 1))
for (const [name, symbol] of byUse) {
  const own = checker
    .getDeclaredTypeOfSymbol(symbol)
    .getProperties()
    .filter(property => property.declarations?.some(declaration => declaration.parent === symbol.declarations[0]))
    .filter(property => !property.getJsDocTags(checker).some(tag => tag.name === 'internal'))
  const bases = basesOf(symbol)
  lines.push('', `## ${name}`, '', sentence(plain(text(symbol.getDocumentationComment(checker)))))
  const takers = users.get(name)
  if (takers) lines.push('', `Taken by ${[...takers].map(taker => `\`${taker}\``).join(', ')}.`)
  if (bases.length > 0) lines.push('', `And those of ${bases.map(link).join(', ')}.`)
  if (own.length === 0) continue
  lines.push('', '| option | type | |', '|---|---|---|')
  for (const property of own) {
    const doc = plain(text(property.getDocumentationComment(checker)))
    const required = isOptional(property) ? '' : ' (required)'
    lines.push(`| \`${property.name}\`${required} | \`${cell(typeText(property))}\` | ${cell(doc)} |`)
  }
}
const page = `${lines.join('\n')}\n`
if (process.argv.includes('--print')) process.stdout.write(page)
else writeFileSync(`${root}/docs/options.md`, page)
