import { isNativeError } from 'node:util/types'

/** What an error says, without the class that `String(error)` puts in front. Errors of another context (Jest) are no `Error`s here. */
export const messageOf = (error: unknown): string => (isNativeError(error) ? error.message : String(error))
