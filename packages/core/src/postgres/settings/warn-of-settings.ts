/**
 * What a caller's settings may do that a fork otherwise doesn't. They are his to choose, and he is told.
 *
 * @returns a sentence each
 */
export function warningsOfSettings(given: Readonly<Record<string, string>>): string[] {
  const { archive_mode: mode = 'off', archive_command: command = '', archive_library: library = '' } = given
  if (['off', 'false', 'no', '0'].includes(mode.toLowerCase())) return []
  if (command === '' && library === '')
    return [
      'The fork keeps all its WAL: settings turn archive_mode on and give neither archive_command nor archive_library (H20).',
    ]
  return [
    'The fork archives its WAL by what settings give. Where that is the archive of its source, the source can no longer be ' +
      'restored from it: their WAL files have the same names (H20).',
  ]
}
