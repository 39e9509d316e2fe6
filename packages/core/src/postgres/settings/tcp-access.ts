import { type AccessAddress, type Loopback, loopbacks, readAddress } from '../files/access-address.ts'
import { type AccessField, type AccessLine, parseAccessFile } from '../files/access-file.ts'

/** Whom a fork lets in over the loopback (H29). */
export interface TcpAccess {
  /** Lines of `pg_hba.conf`, without secrets: no options of a method are among them. */
  readonly rules: readonly string[]
  /** Why there are none although the source may let somebody in. */
  readonly unreadable?: string | undefined
}

export interface AccessFileContext {
  readonly major: number
  /** The source offers TLS. */
  readonly hasTls: boolean
}

/**
 * The rules of a source for a client on its own loopback, as those of a fork: the same databases and roles in the same order. A fork
 * knows no other method than the password that the role has in the source (`md5` accepts SCRAM, too, but not the reverse), and one transport.
 *
 * So nobody gets in whom the source keeps out, by whichever transport: where the source offers TLS, its rules for TLS are followed, and
 * those for connections without it as long as none of them rejects.
 *
 * @throws Error for what isn't understood with certainty; it quotes nothing of the file, where passwords may stand (`ldapbindpasswd`)
 */
export function inheritTcpAccess(text: string, { major, hasTls }: AccessFileContext): string[] {
  if (text.includes('\0')) throw new Error('it holds a zero byte')
  const rules: string[] = []
  let followsPlain = true
  for (const line of parseAccessFile(text, major)) {
    const type = typeOf(line)
    // GSSAPI encryption comes with an authentication that a fork can't do.
    if (type === 'local' || type === 'hostgssenc' || (type === 'hostssl' && !hasTls)) continue
    const rule = readRule(line)
    if (type === 'hostnossl' && hasTls) {
      followsPlain &&= rule.method !== 'reject'
      if (!followsPlain) continue
    }
    for (const address of addressesOf(rule)) rules.push(`host ${rule.who} ${address} ${rule.method}`)
  }
  return rules
}

const types = ['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'] as const

function typeOf({ number, fields }: AccessLine): (typeof types)[number] {
  const text = fields[0]?.tokens.length === 1 ? fields[0].tokens[0]?.text : undefined
  const type = types.find((known) => known === text)
  if (type !== undefined) return type
  if (text?.startsWith('include') === true)
    throw notUnderstood(number, 'it includes other files, which are not followed')
  throw notUnderstood(number, 'it begins with no type of connection')
}

const keptMethods = ['reject', 'scram-sha-256'] as const

interface Rule {
  /** Databases and roles, as they are written. */
  readonly who: string
  readonly isReplication: boolean
  readonly covers: AccessAddress['covers']
  readonly method: (typeof keptMethods)[number] | 'md5'
}

const methods = 'trust reject md5 scram-sha-256 password cert ident gss sspi ldap radius pam bsd oauth'.split(' ')

function readRule({ number, fields }: AccessLine): Rule {
  const [, databases, roles, first, ...rest] = fields
  if (databases === undefined || roles === undefined || first === undefined)
    throw notUnderstood(number, 'it lacks a database, a role or an address')
  const address = readAddress(first, rest[0])
  if (address === undefined) throw notUnderstood(number, 'its address is none')
  const method = rest[address.fields - 1]?.tokens.map(({ text }) => text).join(',')
  if (method === undefined || !methods.includes(method)) throw notUnderstood(number, 'its method is none')
  return {
    who: `${written(databases, number)} ${written(roles, number)}`,
    isReplication: databases.tokens.every(({ text, isQuoted }) => text === 'replication' && !isQuoted),
    covers: address.covers,
    method: keptMethods.find((kept) => kept === method) ?? 'md5',
  }
}

function written({ written, tokens }: AccessField, number: number): string {
  if (tokens.some(({ text, isQuoted }) => !isQuoted && text.startsWith('@')))
    throw notUnderstood(number, 'it names a file with @, which is not followed')
  // What a byte that isn't UTF-8 was read as. The name would be another.
  if (written.includes('\uFFFD')) throw notUnderstood(number, 'a name in it is not in UTF-8')
  return written
}

/** Forks give no replication. A host name may be this machine's: it is where the rule keeps out, and isn't where it lets in. */
function addressesOf({ isReplication, covers, method }: Rule): readonly Loopback[] {
  if (isReplication) return []
  if (covers !== 'unknown') return covers
  return method === 'reject' ? loopbacks : []
}

const notUnderstood = (number: number, why: string): Error => new Error(`line ${number} is not understood: ${why}`)
