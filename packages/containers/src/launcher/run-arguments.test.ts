import { expect, test } from 'vitest'
import type { ContainerPlace } from './place.ts'
import { programArguments, serverArguments } from './run-arguments.ts'

const place: ContainerPlace = {
  ...{ kind: 'container', engine: 'unix:///run/docker.sock', engineId: 'id', image: `sha256:${'0'.repeat(64)}` },
  ...{
    network: 'none',
    shmBytes: 1024,
    volumes: ['/var/lib/postgresql/data'],
    foreignLabels: ['com.docker.compose.project'],
  },
}
const dataDirectory = '/srv/a,b "c"'
const binds = [
  { source: dataDirectory, path: dataDirectory },
  { source: '/run/pgfork-2/1', path: '/tmp/pgfork-1' },
]
const request = { place, owner: { uid: 999, gid: 998 }, dataDirectory, binds }

test('H88: whatever runs has no capability, no way to more rights, and its own files alone', () => {
  for (const words of [
    serverArguments({ ...request, logFile: '/srv/log', program: 'postgres', makerPipe: undefined }),
    programArguments({ ...request, program: 'pg_checksums', makerPipe: undefined }, ['-D', request.dataDirectory]),
  ]) {
    const line = words.join(' ')
    expect(line).toContain('--cap-drop ALL --security-opt no-new-privileges')
    expect(line).toContain('--user 999:998')
    expect(line).not.toMatch(/--(privileged|publish|volume|pid|device|cap-add|env)\b/)
    const mounts = words.filter((_, index) => words[index - 1] === '--mount')
    expect(mounts).toEqual([
      'type=tmpfs,dst=/var/lib/postgresql/data,tmpfs-size=1048576',
      'type=bind,"src=/srv/a,b ""c""","dst=/srv/a,b ""c"""',
      'type=bind,src=/run/pgfork-2/1,dst=/tmp/pgfork-1',
    ])
  }
})

test('what is run comes behind the image, so that none of it is an option of docker', () => {
  const words = programArguments({ ...request, program: '--privileged', makerPipe: undefined }, ['--help'])
  for (const word of ['--help', '--privileged']) expect(words.indexOf(place.image)).toBeLessThan(words.indexOf(word))
})
