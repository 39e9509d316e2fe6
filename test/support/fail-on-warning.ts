/** Vitest setup file: a warning of Node (deprecated call, listener leak, ...) fails the run instead of scrolling by. */
function failOnWarning(warning: Error): never {
  throw new Error(`Node warned: ${warning.name}: ${warning.message}`, { cause: warning })
}

// Where test files share a process, this is run for each of them.
if (!process.listeners('warning').some(({ name }) => name === failOnWarning.name)) process.on('warning', failOnWarning)
