import type { TcpAccess } from './tcp-access.ts'

/**
 * Of forks that let nobody in by TCP although their source may (H29).
 *
 * @param tcpAccess undefined for a snapshot that was taken before it was recorded
 * @returns a sentence or two, if any
 */
export function warningsOfTcpAccess(tcpAccess: TcpAccess | undefined): string[] {
  if (tcpAccess !== undefined && tcpAccess.unreadable === undefined) return []
  const [reason, advice] =
    tcpAccess === undefined
      ? ["the snapshot doesn't say whom its source lets in", 'Take it anew']
      : [`the source's pg_hba.conf was not understood (${tcpAccess.unreadable})`, 'Correct that']
  return [
    `A fork lets in nobody by TCP, only by its socket: ${reason}. ${advice}, or add rules to the pg_hba.conf of the fork (H29).`,
  ]
}
