import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {connectPubSub} from '../../../../lib/io/pubsub/service/pubsub-client.ts'

const VARIABLES = [
  'PUBSUB_EMULATOR_HOST',
  'PUBSUB_PROJECT_ID',
  'GOOGLE_CLOUD_PROJECT',
  'GCLOUD_PROJECT',
  'GOOGLE_APPLICATION_CREDENTIALS',
]

describe("Pub/Sub: the project of a user's own client", () => {
  const saved = {...process.env}
  beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name]
  })
  afterEach(() => {
    for (const name of VARIABLES) delete process.env[name]
    for (const name of VARIABLES) if (saved[name] !== undefined) process.env[name] = saved[name]
  })
  const projectOf = async (client: PubSub | undefined, project?: string) => {
    const port = await connectPubSub(client, project)
    try {
      return await port.projectId()
    } finally {
      await port.close()
    }
  }

  for (const host of ['127.0.0.1:1', undefined])
    describe(host ? 'under an emulator' : 'on Google Cloud', () => {
      beforeEach(() => {
        if (host) process.env['PUBSUB_EMULATOR_HOST'] = host
      })
      for (const name of ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT'])
        it(`is that of ${name}`, async () => {
          process.env[name] = 'by-variable'
          expect(await projectOf(new PubSub())).to.equal('by-variable')
          expect(await projectOf(undefined)).to.equal('by-variable')
        })
      it("is the client's own before that of a variable", async () => {
        process.env['GOOGLE_CLOUD_PROJECT'] = 'by-variable'
        expect(await projectOf(new PubSub({projectId: 'own'}))).to.equal('own')
      })
      it('is that of the option when the client has none, and nobody is asked for it', async () => {
        const from = performance.now()
        expect(await projectOf(new PubSub(), 'by-option')).to.equal('by-option')
        expect(await projectOf(undefined, 'by-option')).to.equal('by-option')
        expect(performance.now() - from).to.be.below(2500)
      })
    })

  it('is that of PUBSUB_PROJECT_ID under an emulator', async () => {
    process.env['PUBSUB_EMULATOR_HOST'] = '127.0.0.1:1'
    process.env['PUBSUB_PROJECT_ID'] = 'by-variable'
    expect(await projectOf(new PubSub())).to.equal('by-variable')
  })
})
