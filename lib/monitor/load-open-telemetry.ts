import {createRequire} from 'node:module'
import {messageOf, SluiceError} from '../errors/index.ts'

/** What `@opentelemetry/api` exports. */
export type OpenTelemetryApi = typeof import('@opentelemetry/api')

/**
 * Loads `@opentelemetry/api`, which only its users need to install. All copies of it share what is registered with any of them.
 *
 * @throws {SluiceError} `ERR_SLUICE_MONITOR` that says what to install
 */
export function loadOpenTelemetry(resolveFrom: string = import.meta.url): OpenTelemetryApi {
  try {
    return createRequire(resolveFrom)('@opentelemetry/api') as OpenTelemetryApi
  } catch (cause) {
    throw new SluiceError(
      'ERR_SLUICE_MONITOR',
      'monitorWithOpenTelemetry needs the package @opentelemetry/api: npm install @opentelemetry/api ' +
        `(${messageOf(cause).split('\n')[0]})`,
      {cause},
    )
  }
}
