/**
 * `pg_hba.conf` of a fork (H29). The socket lies in a directory that only the fork's owner can enter, so it asks for
 * nothing; over the loopback everybody needs the password that the role has in the source (`md5` accepts SCRAM, too).
 */
export const openAccess = `local all all trust
local replication all trust
host all all 127.0.0.1/32 md5
host all all ::1/128 md5
`

/** While the fork is prepared, nobody gets in but the roles that may prepare it, over the private socket. */
export const closedAccess = (roles: readonly string[]): string =>
  roles.map((role) => `local all "${role.replaceAll('"', '""')}" trust\n`).join('')
