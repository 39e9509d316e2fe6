import { basename, dirname } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'
import { Directory } from '../../files/directory.ts'

const tailBytes = 4_096

/** The end of a server's log, whole lines. Empty when there is none, or one that isn't its user's own. */
export async function readLogTail(logFile: string): Promise<string> {
  using folder = Directory.find(dirname(logFile))
  const file = await folder?.openHandle(basename(logFile)).catch((error: unknown) => {
    if (isSystemError(error)) return undefined
    throw error
  })
  if (file === undefined) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - tailBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start)
    const text = buffer.subarray(0, bytesRead).toString('utf8')
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}
