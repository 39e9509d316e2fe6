import { join } from 'node:path'
import { runner } from '../system/runner.ts'
import { giveToServerUser } from '../system/server-user.ts'
import type { Cluster } from './cluster.ts'

/** TLS with a certificate that nobody knows, as most servers have. */
export async function offerTls(cluster: Cluster): Promise<void> {
  const [key = '', certificate = ''] = ['server.key', 'server.crt'].map((name) => join(cluster.dataDirectory, name))
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await runner.run('openssl', [...words, '-subj', '/CN=primary', '-keyout', key, '-out', certificate])
  for (const path of [key, certificate]) await giveToServerUser(path)
  await cluster.settings({ ssl: 'on' })
}
