/** Vitest setup file: a warning of Node (deprecated call, listener leak, ...) fails the run instead of scrolling by. */
process.on('warning', (warning) => {
  throw new Error(`Node warned: ${warning.name}: ${warning.message}`, { cause: warning })
})
