/** Vitest setup file: a warning of Node (deprecated call, listener leak, ...) fails the run instead of scrolling by. */
process.on('warning', (warning) => {
  // What pgfork warns of is no fault of the code.
  if (warning.name === 'PgforkWarning') return
  throw new Error(`Node warned: ${warning.name}: ${warning.message}`, { cause: warning })
})
