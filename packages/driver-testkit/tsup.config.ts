import { defineConfig } from 'tsup'
import shared from '../../tsup.config.ts'

/** Tests of several processes start the worker as a file of its own. */
export default defineConfig({ ...shared, entry: ['src/index.ts', 'src/worker.ts'] })
