/**
 * `npm install` drops the builds for other platforms from package-lock.json when the registry it talks to (a partial
 * mirror) cannot serve them, and `npm ci` then refuses the file on every machine. This writes them back, without
 * the integrity that only the full registry knows; the platform at hand never fetches them.
 */
import { findMissingPlatformBuilds, readLockfile, writeLockfile } from './lockfile.ts'

const platforms = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const architectures = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']

const lockfile = await readLockfile()
for (const { name, version, dev } of findMissingPlatformBuilds(lockfile)) {
  const words = name.split(/[-/]/)
  const os = platforms.find((platform) => words.includes(platform))
  const cpu = architectures.find((architecture) => words.some((word) => word.startsWith(architecture)))
  if (!os || !cpu) throw new Error(`no platform in the name ${name}: add ${version} to package-lock.json by hand`)
  const libc = os === 'linux' ? { libc: [words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc'] } : {}
  lockfile.packages[`node_modules/${name}`] = {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...libc,
    optional: true,
    os: [os],
  }
  console.log(`added ${name}@${version}`)
}
await writeLockfile(lockfile)
