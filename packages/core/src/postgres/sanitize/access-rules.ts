import type { TcpAccess } from '../settings/tcp-access.ts'

/**
 * `pg_hba.conf` of a fork (H29). The socket lies in a directory that only the fork's owner can enter, so it asks for
 * nothing. Over the loopback it lets in whom the source lets in over its own. A list of databases may name replication, too,
 * which a fork doesn't give.
 */
export const openAccess = (tcp: TcpAccess | undefined): string => `local all all trust
local replication all trust
host replication all all reject
${(tcp?.rules ?? []).map((rule) => `${rule}\n`).join('')}`

/** While the fork is prepared, nobody gets in but the roles that may prepare it, over the private socket. */
export const closedAccess = (roles: readonly string[]): string =>
  roles.map((role) => `local all "${role.replaceAll('"', '""')}" trust\n`).join('')

/** Whoever starts a server of these files without a fork's settings gives nobody a session without a password, and none over a socket. */
export const passwordAccess = `local all all reject
host all all 127.0.0.1/32 md5
host all all ::1/128 md5
`

/** While nobody is to get in. A file without any rule keeps the server from starting (`load_hba` in hba.c). */
export const noAccess = 'local all all reject\n'
