import {SluiceError} from '../../errors/index.ts'

/** The error for files that already exist; names the first of them. */
export function existsError(paths: readonly string[], cause?: unknown): SluiceError {
  const some = paths.slice(0, 5).join(', ')
  const [are, it] = paths.length === 1 ? ['exists', 'it'] : ['exist', 'them']
  return new SluiceError(
    'ERR_SLUICE_EXISTS',
    `${some}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''} ${are} already, and would be taken for a part of ` +
      `this output. Move or delete ${it}, write under another prefix, or give \`overwrite: true\` to replace ${it}`,
    {cause},
  )
}
