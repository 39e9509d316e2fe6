import { isIP } from 'node:net'
import type { AccessField } from './access-file.ts'

/** The addresses that a client of the loopback comes from, as a rule of `pg_hba.conf` names them. */
export const loopbacks = ['127.0.0.1/32', '::1/128'] as const

export type Loopback = (typeof loopbacks)[number]

export interface AccessAddress {
  /** Which of them the address covers. `unknown`: it is a host name, which may cover any. */
  readonly covers: readonly Loopback[] | 'unknown'
  /** How many fields it takes: a mask may stand in one of its own. */
  readonly fields: 1 | 2
}

/** @returns undefined for what is no address, or none that can be told from a host name with certainty */
export function readAddress(field: AccessField, next: AccessField | undefined): AccessAddress | undefined {
  const [token, ...others] = field.tokens
  if (token === undefined || others.length > 0) return undefined
  const { text, isQuoted } = token
  // The loopback is among the server's own addresses and networks.
  if (!isQuoted && ['all', 'samehost', 'samenet'].includes(text)) return { covers: loopbacks, fields: 1 }
  const [address = '', length, ...more] = text.split('/')
  const family = isIP(address)
  if (family === 0) return length === undefined ? readHostName(address) : undefined
  if (length === undefined) {
    const mask = next?.tokens.length === 1 ? (next.tokens[0]?.text ?? '') : ''
    return isIP(mask) === family ? { covers: covered(address, bitsOf(mask)), fields: 2 } : undefined
  }
  const most = family === 4 ? 32 : 128
  if (more.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > most) return undefined
  return { covers: covered(address, '1'.repeat(Number(length)).padEnd(most, '0')), fields: 1 }
}

/** What `getaddrinfo` may take for a number, such as `127.1` or `0x7f000001`, is not guessed at. */
function readHostName(name: string): AccessAddress | undefined {
  if (name.includes(':') || /^[0-9][0-9a-fx.]*$/i.test(name)) return undefined
  return { covers: name.toLowerCase() === 'localhost' ? loopbacks : 'unknown', fields: 1 }
}

function covered(address: string, mask: string): Loopback[] {
  const bits = bitsOf(address)
  return loopbacks.filter((loopback) => {
    const own = bitsOf(loopback.split('/')[0] as string)
    return own.length === bits.length && [...mask].every((bit, index) => bit === '0' || own[index] === bits[index])
  })
}

/** 32 or 128 characters. */
function bitsOf(address: string): string {
  if (isIP(address) === 4)
    return address
      .split('.')
      .map((part) => binary(Number(part), 8))
      .join('')
  const [plain = ''] = address.split('%')
  const hexadecimal = plain.replace(/[\d.]+\.[\d.]+$/, (last) => {
    const bits = bitsOf(last)
    return [bits.slice(0, 16), bits.slice(16)].map((half) => Number.parseInt(half, 2).toString(16)).join(':')
  })
  const [head = [], tail] = hexadecimal.split('::').map((side) => side.split(':').filter((group) => group !== ''))
  const zeros = tail === undefined ? [] : Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...(tail ?? [])].map((group) => binary(Number.parseInt(group, 16), 16)).join('')
}

const binary = (number: number, digits: number): string => number.toString(2).padStart(digits, '0')
