// Run by a user who has nothing to do with any cluster, until it is told to stop: looks at all that other users' servers show, and says what of it
// he got at. Its arguments are folders in which he looks for files and sockets, and, behind `--sockets`, others in which he looks for sockets alone.
import { closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { setImmediate as turn } from 'node:timers/promises'

const words = process.argv.slice(1)
const split = words.indexOf('--sockets')
const [folders, ofSockets] = [words.slice(0, split), words.slice(split + 1)]
const got = new Set()
let [rounds, looked, stops] = [0, 0, false]
process.stdin.on('data', () => {
  stops = true
})

const attempt = (action) => {
  try {
    looked++
    return action()
  } catch {
    return undefined
  }
}

/** What is in a database, in WAL, or in a file of settings. */
const isSecret = (name) =>
  /^(?:[0-9A-F]{24}|\d+|pg_hba\.conf|postgresql\.conf|pg_control|.*\.history|.*\.json|.*passfile.*)$/.test(name)

function lookIn(folder, readsFiles, deepest = 12) {
  for (const entry of attempt(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && deepest > 0) lookIn(path, readsFiles, deepest - 1)
    else if (entry.isSocket()) knock(path)
    else if (readsFiles && entry.isFile() && isSecret(entry.name)) {
      const opened = attempt(() => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW))
      if (opened === undefined) continue
      if (readSync(opened, Buffer.alloc(1)) > 0) got.add(`file ${path}`)
      closeSync(opened)
    }
  }
}

/** A session as the superuser, and one for replication. Only a ready server says `R` with 0, "authenticated". */
function knock(path) {
  for (const words of ['user\0postgres\0database\0postgres\0\0', 'user\0postgres\0replication\0true\0\0']) {
    looked++
    const body = Buffer.from(words)
    const head = Buffer.alloc(8)
    head.writeInt32BE(8 + body.length, 0)
    head.writeInt32BE(196_608, 4)
    const socket = connect(path)
    socket.on('error', () => {})
    socket.on('connect', () => socket.write(Buffer.concat([head, body])))
    socket.on('data', (data) => {
      if (data[0] === 0x52 && data.readInt32BE(5) === 0) got.add(`session at ${path}`)
      socket.destroy()
    })
  }
}

function lookAtProcesses() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
    for (const name of ['environ', 'maps', 'mem']) attempt(() => closeSync(openSync(`/proc/${pid}/${name}`, 'r')))
    for (const number of attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${number}`)) ?? ''
      if (folders.some((folder) => target.startsWith(folder))) got.add(`descriptor of ${target}`)
    }
  }
}

process.stdout.write('watching\n')
while (!stops) {
  for (const folder of folders) lookIn(folder, true)
  for (const folder of ofSockets) lookIn(folder, false, 2)
  lookAtProcesses()
  rounds++
  await turn()
}
process.stdout.write(`${JSON.stringify({ rounds, looked, got: [...got] })}\n`)
process.exit()
