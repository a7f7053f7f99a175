import {expect} from 'chai'
import {Pipeline} from '../../../lib/pipeline/index.ts'
import {flatten} from '../../../lib/transforms/index.ts'
import {Kept, numbers, Sort, Values} from '../support.ts'

function build() {
  const p = new Pipeline({name: 'orders'})
  const sorted = p.apply('Read', new Values(numbers(3))).apply('Sort', new Sort())
  p.apply('All', flatten(sorted, sorted.tagged('odd'))).apply('Keep "it"', new Kept())
  return p
}

describe('the graph of a pipeline', () => {
  it('is data with steps and edges', () => {
    expect(build().graph()).to.deep.equal({
      name: 'orders',
      steps: [
        {name: 'Read', kind: 'source', type: 'Values'},
        {name: 'Sort', kind: 'dofn', type: 'Sort'},
        {name: 'All', kind: 'dofn', type: 'Flatten'},
        {name: 'Keep "it"', kind: 'sink', type: 'Kept'},
      ],
      edges: [
        {from: 'Read', to: 'Sort'},
        {from: 'Sort', to: 'All'},
        {from: 'Sort', to: 'All', tag: 'odd'},
        {from: 'All', to: 'Keep "it"'},
      ],
    })
  })

  it('survives JSON', () => {
    const graph = build().graph('json')
    expect(JSON.parse(JSON.stringify(graph))).to.deep.equal(graph)
  })

  it('is a Mermaid flowchart with a shape for each kind, tags on their edges, and names quoted', () => {
    expect(build().graph('mermaid')).to.equal(
      [
        'flowchart LR',
        '  s0(["Read"])',
        '  s1["Sort"]',
        '  s2["All"]',
        '  s3[("Keep #34;it#34;")]',
        '  s0 --> s1',
        '  s1 --> s2',
        '  s1 -->|"odd"| s2',
        '  s2 --> s3',
        '',
      ].join('\n'),
    )
  })

  it('is plain text, a line a step and one for each step that reads it', () => {
    expect(build().graph('text')).to.equal(
      [
        'orders',
        '  Read (source Values)',
        '    -> Sort',
        '  Sort (dofn Sort)',
        '    -> All',
        '    -> All [odd]',
        '  All (dofn Flatten)',
        '    -> Keep "it"',
        '  Keep "it" (sink Kept)',
        '',
      ].join('\n'),
    )
  })

  it("is Graphviz' dot, with names quoted", () => {
    expect(build().graph('dot')).to.equal(
      [
        'digraph "orders" {',
        '  rankdir=LR',
        '  s0 [label="Read" shape=cds]',
        '  s1 [label="Sort" shape=box]',
        '  s2 [label="All" shape=box]',
        '  s3 [label="Keep \\"it\\"" shape=cylinder]',
        '  s0 -> s1',
        '  s1 -> s2',
        '  s1 -> s2 [label="odd"]',
        '  s2 -> s3',
        '}',
        '',
      ].join('\n'),
    )
  })

  it('is the same after a run', async () => {
    const p = build()
    const before = p.graph()
    await p.run()
    expect(p.graph()).to.deep.equal(before)
  })

  it('refuses a format that it does not know', () => {
    expect(() => build().graph('svg' as never)).to.throw(/option `format`.*'json', 'text', 'mermaid' or 'dot'/)
  })
})
