import { connect } from 'node:net'

/**
 * Whether somebody listens at a Unix socket: `ended` when a socket is there that was made on this machine since it was booted, and
 * its process is gone.
 */
export async function askSocket(path: string): Promise<'running' | 'ended' | 'unknown'> {
  const connection = connect(path)
  try {
    return await new Promise((resolve) => {
      connection.once('connect', () => resolve('running'))
      // EAGAIN: others wait in line, since the process doesn't come to accepting them.
      connection.once('error', ({ code }: NodeJS.ErrnoException) =>
        resolve(code === 'ECONNREFUSED' ? 'ended' : code === 'EAGAIN' ? 'running' : 'unknown'),
      )
    })
  } finally {
    connection.destroy()
  }
}
