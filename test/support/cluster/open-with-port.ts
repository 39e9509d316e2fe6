import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import { formatSettings } from './configuration.ts'
import { type ClusterParts, openCluster } from './open-cluster.ts'
import { reservePort } from './reserve-port.ts'

export interface PortlessParts extends Omit<ClusterParts, 'port' | 'socketDirectory' | 'logFile'> {
  /** Holds the Unix socket and the log. */
  readonly workFolder: string
}

/** A process outside the test support may take the port between its reservation and the server's start: then another one. */
export async function openWithPort(parts: PortlessParts, start: boolean): Promise<Cluster> {
  for (let attempt = 1; ; attempt++) {
    const port = await reservePort()
    try {
      await appendFile(parts.configFile, formatSettings({ port: port.port }))
      const logFile = join(parts.workFolder, 'server.log')
      const cluster = openCluster({ ...parts, socketDirectory: parts.workFolder, logFile, port })
      if (start) await cluster.start()
      return cluster
    } catch (error) {
      await port.release()
      if (attempt === 5 || !String(error).includes('could not bind')) throw error
    }
  }
}
