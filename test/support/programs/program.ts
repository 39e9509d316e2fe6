import { fileURLToPath } from 'node:url'

/** Where programs run. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url))

/** A program of this folder, by its name without `.ts`. */
export const programPath = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url))

/** Node's arguments that run it, with `data` for it to parse, after further options of Node. */
export const programArguments = (name: string, data?: unknown, options: readonly string[] = []): string[] => [
  ...['--import', 'tsx', ...options, programPath(name)],
  ...(data === undefined ? [] : [JSON.stringify(data)]),
]
