import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect} from 'chai'
import {silentLogger} from '../../../lib/core/index.ts'
import {Checkpoint} from '../../../lib/files/checkpoint/checkpoint.ts'

describe('a checkpoint', () => {
  it('writes nothing after its run has finished, whatever a reader notes then', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-checkpoint-'))
    try {
      const path = join(dir, 'job.checkpoint')
      const failures: unknown[] = []
      const checkpoint = new Checkpoint(path, {
        job: 'job',
        logger: silentLogger,
        failed: error => failures.push(error),
      })
      const source = checkpoint.source('Read', {read: 'readFromText', patterns: ['*.txt'], range: null}, silentLogger)
      await source.open()
      const commits = source.file({path: 'a.txt', size: 20, generation: '1'}, 'a.txt')
      commits.add({start: 0, end: 10, line: 1})
      await checkpoint.finish()
      commits.endsAt(20)
      const written = await readFile(path, 'utf8')
      // longer than the pause before a write
      await setTimeout(50)
      expect(await readFile(path, 'utf8')).to.equal(written)
      expect(failures).to.deep.equal([])
    } finally {
      await rm(dir, {recursive: true})
    }
  })
})
