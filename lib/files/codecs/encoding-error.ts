import {SluiceError} from '../../errors/index.ts'

/** The command that checks a file, by codec. */
const CHECKS: Readonly<Record<string, string>> = {gzip: 'gzip -t', zstd: 'zstd -t', bzip2: 'bzip2 -t'}

/** The error for compressed data that cannot be decompressed to its end. */
export function damaged(
  file: string,
  codec: string,
  state: 'truncated' | 'damaged',
  what: string,
  cause?: unknown,
): SluiceError {
  const check = CHECKS[codec]
  const hint = check
    ? `\`${check}\` checks a file`
    : `if it is not ${codec}, read it as it is stored: compression: 'none'`
  return new SluiceError(
    'ERR_SLUICE_ENCODING',
    `${file} is ${state} ${codec} data (${what}); write or upload it again; ${hint}`,
    {cause},
  )
}
