/**
 * Whether an error of a statement is the server's judgement, told by its SQLSTATE, rather than its end: a server that goes
 * away says class 57P at best, and mostly nothing.
 */
export const isRefusal = (error: unknown): boolean =>
  /^(?!57P|08)[0-9A-Z]{5}$/.test((error as { code?: string } | undefined)?.code ?? '')
