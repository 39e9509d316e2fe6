import process from 'node:process'

const controller = new AbortController()

/** Aborted by Ctrl-C: the measurement under way then ends at its next wait, and takes down what it has made. */
export const stopSignal: AbortSignal = controller.signal

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (!stopSignal.aborted) console.error(`\n${name}: taking everything down`)
    controller.abort(new Error(`stopped by ${name}`))
  })
