import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { runner } from '../system/runner.ts'

const setup = fileURLToPath(new URL('./setup-compose.sh', import.meta.url))

/** compose of Debian's packages, for the project in a folder and the engine of DOCKER_HOST. */
export async function composeCommand(folder: string): Promise<(...words: string[]) => Promise<string>> {
  const root = (await runner.run('bash', [setup], { timeoutMs: 600_000 })).stdout.trim()
  const environment = {
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
    LD_LIBRARY_PATH: join(root, 'usr/lib/x86_64-linux-gnu'),
    DOCKER_HOST: process.env.DOCKER_HOST ?? '',
  }
  return async (...words) => {
    const line = [
      join(root, 'usr/bin/docker-compose'),
      '--project-directory',
      folder,
      '--file',
      join(folder, 'docker-compose.yml'),
    ]
    return (await runner.run('/usr/bin/python3', [...line, ...words], { environment, timeoutMs: 120_000 })).stdout
  }
}
