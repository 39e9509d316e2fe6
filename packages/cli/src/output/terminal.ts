import { Console } from 'node:console'
import process from 'node:process'
import { printable } from '@pgfork/core/companion'

/** The only way to a terminal, whose commands nothing may hold that others have named (H81): a test of the repository sees to it. */
export const terminal = {
  out: (text: string): void => void process.stdout.write(`${printable(text)}\n`),
  error: (text: string): void => void process.stderr.write(`${printable(text)}\n`),
  /** On standard error, and goes on in that line; `clear` takes it down. */
  show: (text: string): void => void process.stderr.write(printable(text)),
  /** Carriage return, and erase to the end of the line: all that is needed, and no width of the terminal. */
  clear: (): void => void process.stderr.write('\r\u001b[K'),
  /** What a configuration's code prints is no output of the command, which programs read. */
  keepConsoleOff(): void {
    globalThis.console = new Console(process.stderr)
  },
}

/** A line as one line: what a line break within it begins is indented, so that nobody's name passes for a line of ours. */
export const oneLine = (text: string): string => text.replaceAll('\n', '\n    ')
