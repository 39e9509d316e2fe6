import { CommandError } from '@pgfork/core'

/** What a shell says, a container's init, and the engine. A program may say the same words of a file that it misses. */
const notThere = 127

/** Whether an image has not the program that it was to run. */
export const isNoProgram = (error: unknown): boolean => error instanceof CommandError && error.exitCode === notThere
