import { fileURLToPath } from 'node:url'
import { compile } from './compile.ts'

export { checkout } from './compile.ts'

/** A program of this folder, by its name without `.ts`, for Node to run. */
export const programPath = (name: string): string => compile(fileURLToPath(new URL(`./${name}.ts`, import.meta.url)))

/** Node's arguments that run it, with `data` for it to parse, after further options of Node. */
export const programArguments = (name: string, data?: unknown, options: readonly string[] = []): string[] => [
  ...options,
  programPath(name),
  ...(data === undefined ? [] : [JSON.stringify(data)]),
]
