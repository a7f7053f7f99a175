import {expect} from 'chai'
import fc from 'fast-check'
import {toLiteralPath, toName, toPath} from '../../../../lib/emulators/storage/store/object-paths.ts'

describe('object paths', () => {
  const paths: [string, string][] = [
    ['orders.csv', 'orders.csv'],
    ['2024/01/orders (1).csv', '2024/01/orders (1).csv'],
    ['größe/日本.txt', 'größe/日本.txt'],
    ['..', '%2E%2E'],
    ['a/../b', 'a/%2E%2E/b'],
    ['./a', '%2E/a'],
    ['/a', '%empty/a'],
    ['a//b', 'a/%empty/b'],
    ['folder/', 'folder/%empty'],
    ['100%', '100%25'],
    ['a\\..\\b', 'a%5C..%5Cb'],
    ['nul\0', 'nul%00'],
    ['c:/x', 'c%3A/x'],
  ]
  for (const [name, path] of paths)
    it(`keep ${JSON.stringify(name)} at ${path}`, () => expect(toPath(name).join('/')).to.equal(path))

  const name = fc.oneof(
    fc.string({unit: 'grapheme', minLength: 1, maxLength: 40}),
    fc.string({unit: fc.constantFrom('.', '/', '%', '\\', 'a', '2', 'E', '%empty', '%more', '%self', '\0', 'é', '🐦')}),
    fc.string({unit: fc.constantFrom('a', '%', '🐦', '日'), minLength: 190, maxLength: 700}),
  )

  it('lead back to every name', () => {
    fc.assert(
      fc.property(name, given => {
        fc.pre(given !== '.' && given !== '..')
        expect(toName(toPath(given))).to.equal(given)
      }),
    )
  })

  it('have no step that leaves the folder, is empty, or is too long for a file system', () => {
    fc.assert(
      fc.property(name, given => {
        for (const step of toPath(given)) {
          expect(step).not.to.match(/^\.{0,2}$|[/\\\0]/)
          expect(Buffer.byteLength(step)).to.be.at.most(255)
        }
      }),
    )
  })

  it('differ for different names', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        fc.pre(a !== b)
        expect(toPath(a)).not.to.deep.equal(toPath(b))
      }),
    )
  })

  it('give a file dropped in by hand its literal name', () => {
    expect(toName(['50%.csv'])).to.equal('50%.csv')
    expect(toName(['a%20b.csv'])).to.equal('a%20b.csv')
    expect(toLiteralPath('a%20b.csv')).to.deep.equal(['a%20b.csv'])
  })

  it('have no literal form that could leave the folder', () => {
    for (const given of ['../a', 'a/../../b', '..\\a', '/a', 'a%/..']) expect(toLiteralPath(given)).to.equal(undefined)
  })
})
