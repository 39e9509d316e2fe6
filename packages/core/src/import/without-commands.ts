/** A quoted text or name, which may go over lines, or a comment up to the end of its line. */
const tokens = /'[^']*'|"[^"]*"|--[^\n]*|^\\[^\n]*\n?/gm

/**
 * What the other server says is SQL, and no command of psql's: those run programs (`\!`). Since 2025 dumps begin with `\restrict`. Lines that begin
 * with a backslash within a text stay, as in the comment of a role.
 *
 * @param sql of `pg_dumpall`, which doubles quotes in texts
 */
export const withoutCommands = (sql: string): string =>
  sql.replace(tokens, (token) => (token.startsWith('\\') ? '' : token))
