import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {hourlyTeamScore} from '../../../samples/grouping/hourly-team-score.ts'
import {userSessions} from '../../../samples/grouping/user-sessions.ts'
import {wordCount} from '../../../samples/grouping/word-count.ts'

describe('the grouping samples on files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-samples-'))
  })
  afterEach(() => rm(folder, {recursive: true}))

  const put = (name: string, content: string) => writeFile(join(folder, name), content)
  const lines = async (name: string) => (await readFile(join(folder, name), 'utf8')).trim().split('\n')

  it('word-count.ts counts the words of all files, in any case', async () => {
    await put('a.txt', "To be, or not to be:\nthat's the question.\n")
    await put('b.txt', 'BE Ähnlich\n')
    await wordCount(join(folder, '*.txt'), join(folder, 'counts.csv'))
    const [header, ...rows] = await lines('counts.csv')
    expect(header).to.equal('word,n')
    expect(rows).to.have.members(['to,2', 'be,3', 'or,1', 'not,1', "that's,1", 'the,1', 'question,1', 'ähnlich,1'])
  })

  it('hourly-team-score.ts adds up by hour of event time, and sets broken events aside', async () => {
    const hour = Date.UTC(2026, 0, 1, 10)
    const at = (minutes: number) => hour + minutes * 60_000
    await put('game-1.csv', `ada,red,5,${at(61)}\nbob,red,1,${at(59)}\nbroken\n`)
    await put('game-2.csv', `eve,blue,7,${at(0)}\nada,red,2,${at(0)}\n`)
    await hourlyTeamScore(join(folder, 'game-*.csv'), join(folder, 'scores.csv'))
    const [header, ...rows] = await lines('scores.csv')
    expect(header).to.equal('hour,team,score')
    expect(rows).to.have.members([
      '2026-01-01T10:00:00.000Z,red,3',
      '2026-01-01T10:00:00.000Z,blue,7',
      '2026-01-01T11:00:00.000Z,red,5',
    ])
    const [bad] = await lines('scores.csv.bad.jsonl')
    expect(JSON.parse(bad!)).to.include({element: 'broken', stage: 'ParseEvent'})
  })

  it('user-sessions.ts puts events into one session until a pause of half an hour', async () => {
    const start = Date.UTC(2026, 0, 1, 23, 50)
    const event = (user: string, minute: number, score: number) => `${user},red,${score},${start + minute * 60_000}\n`
    await put('game-1.csv', event('ada', 29, 2) + event('eve', 5, 1) + event('ada', 58, 3) + event('ada', 90, 4))
    await put('game-2.csv', event('ada', 0, 1))
    await userSessions(join(folder, 'game-*.csv'), join(folder, 'sessions.csv'))
    const [header, ...rows] = await lines('sessions.csv')
    expect(header).to.equal('user,events,score,start,minutes')
    expect(rows).to.have.members([
      'ada,3,6,2026-01-01T23:50:00.000Z,58',
      'ada,1,4,2026-01-02T01:20:00.000Z,0',
      'eve,1,1,2026-01-01T23:55:00.000Z,0',
    ])
  })
})
