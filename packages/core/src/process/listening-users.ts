import { portDigits, readTcpSockets } from './tcp-sockets.ts'

/** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const listening = '0A'

/** The users whose processes listen at a port of this machine, at whichever address; undefined where the system doesn't tell. */
export const listeningUsers = (port: number): number[] | undefined =>
  readTcpSockets('self')
    ?.filter(({ local, state }) => state === listening && local.endsWith(`:${portDigits(port)}`))
    .map(({ uid }) => uid)
