import {expect} from 'chai'
import {createCommand} from '../../lib/util/index.ts'

describe('createCommand', () => {
  const VARIABLE = 'SLUICE_TEST_EMULATOR_HOST'
  afterEach(() => delete process.env[VARIABLE])

  it('is the command of Google Cloud, and with an emulator the flag of the local cloud too', () => {
    expect(createCommand(VARIABLE, 'bq mk --dataset p:d', '--dataset d')).to.equal('bq mk --dataset p:d')
    process.env[VARIABLE] = 'http://127.0.0.1:1'
    expect(createCommand(VARIABLE, 'bq mk --dataset p:d', '--dataset d')).to.equal(
      'bq mk --dataset p:d; in the local cloud: npx sluice local --dataset d',
    )
  })
})
