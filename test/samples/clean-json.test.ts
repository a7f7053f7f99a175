import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import job from '../../samples/clean-json.ts'

describe('samples/clean-json.ts', () => {
  let folder: string
  const path = (name: string) => join(folder, name)
  const jsonOf = (name: string) =>
    readFileSync(path(name), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as unknown)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-clean-'))
    const events = [
      '{"ID": 1, "at": "2026-01-02T03:04:05+01:00", "userName": " Ada ", "note": "", "tags": ["a ", null]}',
      '{"id": "2", "at": 0, "nested value": {"Deep Name": " x "}}',
      '{"id": 3, "at": "soon"}',
      '{"id": 4,',
    ]
    writeFileSync(path('events.jsonl'), `${events.join('\n')}\n`)
    await job.run({input: path('events*.jsonl'), output: path('clean')})
  })
  after(() => rmSync(folder, {recursive: true}))

  it('tidies names, texts and times', () => {
    expect(jsonOf('clean-00000-of-00001.jsonl')).to.deep.equal([
      {id: '1', at: '2026-01-02T02:04:05.000Z', user_name: 'Ada', tags: ['a']},
      {id: '2', at: '1970-01-01T00:00:00.000Z', nested_value: {deep_name: 'x'}},
    ])
  })

  it('sets aside anything that is not an event, with the reason', () => {
    const [invalid, unread] = jsonOf('clean-rejects-00000-of-00001.jsonl').sort(
      (a, b) => Number('line' in (a as object)) - Number('line' in (b as object)),
    ) as {error: string}[]
    expect(invalid).to.deep.equal({raw: '{"id":3,"at":"soon"}', error: "at 'soon' is not a time"})
    expect(unread).to.deep.include({raw: '{"id": 4,', file: path('events.jsonl'), line: 4})
    expect(unread!.error).to.match(/JSON/)
  })
})
