import process from 'node:process'
import { printable } from '../errors/printable.ts'

/**
 * Where warnings go that nobody has asked for: to Node's, which writes them to the standard error once each, and which a program
 * can listen to (`process.on('warning')`) or silence (`--disable-warning=PGFORK`).
 */
export const emitWarning = (message: string): void =>
  process.emitWarning(printable(message), { type: 'PgforkWarning', code: 'PGFORK' })
