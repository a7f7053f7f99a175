import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {type SpilledRecord, SpillFile} from '../../../lib/core/side/spill-file.ts'
import {numbers, rejection} from '../support.ts'

const bytes = (text: string) => Buffer.from(text)

describe('SpillFile', () => {
  const saved = process.env['TMPDIR']
  let dir = ''
  let file = new SpillFile('Step')

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-spill-'))
    process.env['TMPDIR'] = dir
    file = new SpillFile('Step')
  })
  afterEach(async () => {
    await file.close()
    if (saved === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = saved
    rmSync(dir, {recursive: true})
  })

  it('gives records back as they were', async () => {
    const records = ['a', '', 'x'.repeat(100_000)].map(text => Buffer.from(text))
    const at: SpilledRecord[] = []
    for (const record of records) at.push(await file.append(record))
    const back = []
    for (const record of at) back.push(await file.take(record))
    expect(back).to.deep.equal(records)
  })

  it('has no name while it is in use, so that nothing stays behind however the process ends', async () => {
    await file.append(bytes('x'))
    expect(readdirSync(dir)).to.deep.equal([])
  })

  it('uses its space anew when everything was read', async () => {
    for (let round = 0; round < 3; round++) {
      const [a, b] = [await file.append(bytes('first')), await file.append(bytes('second'))]
      expect(a.offset).to.equal(0)
      expect([await file.take(a), await file.take(b)]).to.deep.equal([bytes('first'), bytes('second')])
    }
  })

  it('can be written while it is read', async () => {
    let last = await file.append(bytes('0'))
    for (const n of numbers(50, 1)) {
      const [next, value] = await Promise.all([file.append(bytes(String(n))), file.take(last)])
      expect(value).to.deep.equal(bytes(String(n - 1)))
      last = next
    }
  })

  it('fails after close(), naming the step', async () => {
    const record = await file.append(bytes('x'))
    await file.close()
    const error = await rejection(file.take(record))
    expect(error).to.include({code: 'ERR_SLUICE_READ', stage: 'Step'})
  })
})
