import {join} from 'node:path'
import {expect} from 'chai'
import ts from 'typescript-5'
import {publishedBuild} from './support/package.ts'

const ENTRIES = ['index.d.ts', 'testing/index.d.ts', 'monitor/index.d.ts', 'emulators/index.d.ts']

/** Optional properties of what public functions, constructors and methods take, whose type has not `undefined` in it. */
function strictlyAbsent(): string[] {
  const root = publishedBuild()
  const files = ENTRIES.map(file => join(root, file))
  const program = ts.createProgram(files, {
    allowImportingTsExtensions: true,
    exactOptionalPropertyTypes: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
  })
  const checker = program.getTypeChecker()
  const found = new Set<string>()
  const seen = new Set<ts.Type>()
  const ours = (node: ts.Node) => node.getSourceFile().fileName.startsWith(`${root}/`)

  function visit(type: ts.Type): void {
    if (seen.has(type)) return
    seen.add(type)
    if (type.flags & ts.TypeFlags.UnionOrIntersection) return (type as ts.UnionOrIntersectionType).types.forEach(visit)
    if (type.flags & ts.TypeFlags.TypeParameter) {
      const constraint = checker.getBaseConstraintOfType(type)
      if (constraint && constraint !== type) visit(constraint)
      return
    }
    if (type.getCallSignatures().length > 0) return
    for (const property of checker.getPropertiesOfType(type))
      for (const declaration of property.declarations ?? []) {
        if (!ours(declaration) || !ts.isPropertySignature(declaration)) continue
        if (
          declaration.questionToken &&
          declaration.type &&
          !mayBeUndefined(checker.getTypeFromTypeNode(declaration.type))
        )
          found.add(`${declaration.getSourceFile().fileName.slice(root.length + 1)}: ${property.name}`)
        visit(checker.getTypeOfSymbol(property))
      }
  }

  for (const file of files)
    for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      if (!symbol.valueDeclaration) continue
      const type = checker.getTypeOfSymbol(symbol)
      const signatures = [...type.getCallSignatures(), ...type.getConstructSignatures()]
      if (ts.isClassDeclaration(symbol.valueDeclaration))
        for (const member of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)))
          if (member.valueDeclaration && ours(member.valueDeclaration))
            signatures.push(...checker.getTypeOfSymbol(member).getCallSignatures())
      for (const {parameters} of signatures) for (const each of parameters) visit(checker.getTypeOfSymbol(each))
    }
  return [...found]
}

function mayBeUndefined(type: ts.Type): boolean {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Undefined)) return true
  return type.isUnion() && type.types.some(({flags}) => flags & ts.TypeFlags.Undefined)
}

describe('options under `exactOptionalPropertyTypes`', () => {
  it('may be given as undefined wherever they may be left out', () => {
    expect(strictlyAbsent()).to.deep.equal([])
  }).timeout(120_000)
})
