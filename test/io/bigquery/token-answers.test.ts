import {createRequire} from 'node:module'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {OAuth2Client} from 'google-auth-library'
import {GcsFiles} from '../../../lib/files/gcs/gcs-files.ts'
import {failure} from '../../batching/manual-clock.ts'
import {BAD_JSON, Impostor, send, sendPage} from '../../support/impostor.ts'
import {LocalBigQuery, rows} from './local-bigquery.ts'

const TOKEN = send('{"access_token":"abc","token_type":"Bearer","expires_in":3600}')

describe('an answer that is not that of the token endpoint', () => {
  const local = new LocalBigQuery()
  let tokens: Impostor
  beforeEach(async () => {
    tokens = await Impostor.start('http://127.0.0.1:1')
  })
  afterEach(() => tokens.close())

  /** Credentials of a user, as `gcloud auth application-default login` leaves them. */
  const authClient = (Client = OAuth2Client) => {
    const auth = new Client({
      clientId: 'id',
      clientSecret: 'secret',
      endpoints: {oauth2TokenUrl: `${tokens.url}/token`},
    })
    auth.setCredentials({refresh_token: 'refresh'})
    return auth
  }
  const bigquery = () =>
    new BigQuery({
      projectId: 'local-project',
      apiEndpoint: local.cloud.env['BIGQUERY_EMULATOR_HOST']!,
      authClient: authClient() as never,
    })

  for (const [what, answer] of BAD_JSON.filter(([name]) => !/cut|511/.test(name)))
    it(`BigQuery: ${what}: a token is asked for again`, async () => {
      await local.create()
      tokens.falsify(() => true, answer, 1)
      tokens.falsify(() => true, TOKEN)
      await local.write(rows(3), local.sink({client: bigquery()}))
      expect(await local.count()).to.equal(3)
      expect(tokens.falsified.length).to.be.at.least(2)
    })

  it('BigQuery: answers that stay wrong are an error that says whose they are', async () => {
    tokens.falsify(() => true, sendPage)
    const error = await failure(local.write(rows(3), local.sink({client: bigquery(), retryFor: '1m'})))
    expect(error).to.include({code: 'ERR_SLUICE_BIGQUERY'})
    for (const part of ['access token', 'login page', 'captive portal']) expect(error.message).to.include(part)
  })

  it('Cloud Storage: a token is asked for again', async () => {
    tokens.falsify(() => true, sendPage, 1)
    tokens.falsify(() => true, TOKEN)
    const service = await Impostor.start('http://127.0.0.1:1')
    service.falsify(
      () => true,
      (response, real, asked) => {
        const body =
          asked.headers.authorization === 'Bearer abc'
            ? '{"kind":"storage#object","name":"a","bucket":"b","size":"3","generation":"1"}'
            : '{"error":{"code":401,"message":"Invalid Credentials"}}'
        return send(body, 'application/json', body.includes('401') ? 401 : 200)(response, real, asked)
      },
    )
    // the version of the auth library that this client brings along
    const own = createRequire(createRequire(import.meta.url).resolve('@google-cloud/storage'))('google-auth-library')
    const auth = authClient(own.OAuth2Client)
    const settings = {projectId: 'p', apiEndpoint: service.url, useAuthWithCustomEndpoint: true}
    const client = new Storage({...settings, authClient: auth as never})
    const files = new GcsFiles(client, {clock: local.clock, stallTimeout: 10_000})
    expect((await files.match('gs://b/a'))[0]!.size).to.equal(3)
    await service.close()
  })
})
