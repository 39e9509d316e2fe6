import { usageError } from '../output/usage-error.ts'

/** Every user of the machine reads the command lines of all others (H29). The password is not repeated. */
export function refusePassword(source: string, variable = 'PGFORK_SOURCE'): void {
  const isUrl = /^postgres(ql)?:\/\//i.test(source)
  if (isUrl && (/^[^/]*\/\/[^/?#@]*:[^@]+@/.test(source) || /[?&](ssl)?password=/i.test(source)))
    throw usageError(
      `A password on the command line can be read by everybody on this machine. Put it into PGPASSWORD or ~/.pgpass, or the whole URL into ${variable}.`,
      'source',
    )
}
