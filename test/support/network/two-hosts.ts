import { randomBytes } from 'node:crypto'
import { runner } from '../system/runner.ts'

/** A host with an address of its own, that shares this machine's files. */
interface Host {
  /** Of its network namespace. */
  readonly namespace: string
  readonly address: string
  /** Words before a command that is to be run there. */
  readonly prefix: readonly string[]
}

/** Two hosts that see each other and nothing else. Disposing of them removes them; what runs there has ended by then. */
export interface TwoHosts extends AsyncDisposable {
  readonly primary: Host
  readonly standby: Host
  /** Nothing comes through, and nobody is told: as when a cable is pulled somewhere between them. */
  cut(): Promise<void>
  heal(): Promise<void>
}

/** Their network namespaces, joined by a cable. Only for root. */
export async function createTwoHosts(): Promise<TwoHosts> {
  const id = randomBytes(3).toString('hex')
  const hostOf = (role: string, number: number): Host => {
    const namespace = `pgfork-test-${id}-${role}`
    return { namespace, address: `10.98.0.${number}`, prefix: ['nsenter', `--net=/run/netns/${namespace}`, '--'] }
  }
  const [primary, standby] = [hostOf('primary', 1), hostOf('standby', 2)]
  const ip = (...words: string[]) => runner.run('ip', words)
  const remove = async (): Promise<void> => {
    for (const { namespace } of [primary, standby]) await ip('netns', 'del', namespace).catch(() => undefined)
  }
  try {
    for (const { namespace } of [primary, standby]) await ip('netns', 'add', namespace)
    const cable = ['link', 'add', 'eth0', 'netns', primary.namespace, 'type', 'veth', 'peer', 'name', 'eth0']
    await ip(...cable, 'netns', standby.namespace)
    for (const { namespace, address } of [primary, standby]) {
      await ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
      for (const device of ['lo', 'eth0']) await ip('-n', namespace, 'link', 'set', device, 'up')
    }
    // What comes from where no route leads to is dropped: otherwise a host that is cut off would still hear the other one's farewells.
    const [file, ...words] = [...primary.prefix, 'sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=1']
    await runner.run(file as string, words)
  } catch (error) {
    await remove()
    throw error
  }
  // A device that is down would tell its own side; a route to nowhere on the other one doesn't.
  const blackhole = ['blackhole', `${standby.address}/32`]
  return {
    ...{ primary, standby },
    cut: async () => void (await ip('-n', primary.namespace, 'route', 'add', ...blackhole)),
    heal: async () => void (await ip('-n', primary.namespace, 'route', 'del', ...blackhole)),
    [Symbol.asyncDispose]: remove,
  }
}
