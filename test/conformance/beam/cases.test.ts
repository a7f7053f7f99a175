import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {expectedPanes, type FullCase} from './case.ts'
import {CASES} from './cases.ts'
import {panesHere} from './here.ts'

const written = JSON.parse(readFileSync(join(import.meta.dirname, 'cases.json'), 'utf8')) as FullCase[]

describe('the cases of npm run conformance -- --beam', () => {
  it('are written: npm run conformance -- --beam --write', () => {
    expect(written).to.deep.equal(
      CASES.map(given => JSON.parse(JSON.stringify({...given, panes: expectedPanes(given)}))),
    )
  })
  it('have names of their own, and are 60 at least', () => {
    expect(new Set(written.map(({name}) => name)).size).to.equal(written.length)
    expect(written.length).to.be.at.least(60)
  })
  for (const given of written)
    it(given.name, async () => {
      expect(await panesHere(given)).to.deep.equal(given.panes)
    })
})
