import { isNativeError } from 'node:util/types'

/**
 * What an error says, without the class that `String(error)` puts in front. Errors of another context (Jest) are no `Error`s here. It never
 * throws, whatever a caller's function has thrown: an error about an error would hide it, and end what is being undone.
 */
export function messageOf(error: unknown): string {
  try {
    return String(isNativeError(error) ? error.message : error)
  } catch {
    return 'something was thrown that has no text'
  }
}
