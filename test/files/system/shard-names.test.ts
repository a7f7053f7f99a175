import {expect} from 'chai'
import {SHARD_TEMPLATE, ShardNames} from '../../../lib/files/system/shard-names.ts'

describe('ShardNames', () => {
  it("names shards as Beam's default template does", () => {
    const names = new ShardNames('gs://b/out', '.csv', SHARD_TEMPLATE)
    expect(names.name(3, 12)).to.equal('gs://b/out-00003-of-00012.csv')
  })
  it('calls the one file of an empty template by its bare name', () => {
    const names = new ShardNames('out', '.csv', '')
    expect(names.name(0, 1)).to.equal('out.csv')
    expect(names.isShard('out.csv')).to.equal(true)
    expect(names.isShard('out-00000-of-00001.csv')).to.equal(false)
  })
  it('leaves letters of the prefix and the suffix alone', () => {
    expect(new ShardNames('NASA', '.SN', '-S').name(1, 2)).to.equal('NASA-1.SN')
  })
  it('recognises shards of any count and of more digits than the template has', () => {
    const names = new ShardNames('a.b', '', '-S-of-N')
    for (const name of ['a.b-0-of-1', 'a.b-123-of-4567']) expect(names.isShard(name), name).to.equal(true)
    for (const name of ['axb-0-of-1', 'a.b-x-of-1', 'a.b-0-of-1.gz', 'xa.b-0-of-1'])
      expect(names.isShard(name), name).to.equal(false)
  })
})
