/** No segment is older: a command that removes what comes before `%r` removes nothing. */
const oldestSegment = '0'.repeat(24)

/**
 * A `restore_command` with its placeholders filled in as PostgreSQL does it (`BuildRestoreCommand` in xlogarchive.c): `%f` is the name of the
 * file, `%p` the path that it is to be copied to, `%r` the oldest segment that is needed, `%%` a percent sign. All else stays.
 */
export const fillIn = (command: string, { file, path }: { readonly file: string; readonly path: string }): string =>
  command.replace(/%([fpr%])/g, (_, letter: string) => ({ f: file, p: path, r: oldestSegment })[letter] ?? '%')

/** Without them a command could fetch nothing. */
export const isRestoreCommand = (command: unknown): command is string => {
  if (typeof command !== 'string' || command.includes('\0')) return false
  const filled = fillIn(command.replaceAll('%%', ''), { file: '\0f', path: '\0p' })
  return filled.includes('\0f') && filled.includes('\0p')
}
