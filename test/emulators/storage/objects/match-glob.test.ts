import {expect} from 'chai'
import {matchGlob} from '../../../../lib/emulators/storage/objects/match-glob.ts'

describe('matchGlob', () => {
  const cases: [string, string[], string[]][] = [
    ['*.csv', ['a.csv', '.csv'], ['a/b.csv', 'a.csv.gz']],
    ['**.csv', ['a.csv', 'a/b/c.csv'], ['a.txt']],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'b/a/c']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb']],
    ['**/b', ['b', 'a/b', 'a/c/b'], ['ab']],
    ['?.txt', ['a.txt', '🐦.txt'], ['ab.txt', '/.txt']],
    ['[a-c].txt', ['b.txt'], ['d.txt']],
    ['[!a-c].txt', ['d.txt'], ['b.txt', '/.txt']],
    ['*.{csv,json}', ['a.csv', 'a.json'], ['a.txt']],
    ['{a,b/{c,d}}/x', ['a/x', 'b/c/x', 'b/d/x'], ['b/x']],
    ['a\\*b', ['a*b'], ['axb']],
    ['a.b+(c)', ['a.b+(c)'], ['axb+(c)', 'abbc']],
    ['a,b}', ['a,b}'], []],
  ]
  for (const [glob, yes, no] of cases)
    it(`takes ${glob} as documented`, () => {
      const pattern = matchGlob(glob)
      for (const name of yes) expect(pattern.matches(name), name).to.equal(true)
      for (const name of no) expect(pattern.matches(name), name).to.equal(false)
    })

  it('takes no longer for a name that nearly matches', () => {
    expect(matchGlob('{*-,*}{*-,*}**-**-**.csv').matches('-'.repeat(1024))).to.equal(false)
  })

  it('refuses a pattern that is not closed', () => {
    for (const glob of ['[a', '{a,b', 'a\\']) expect(() => matchGlob(glob), glob).to.throw('Invalid glob')
  })
})
