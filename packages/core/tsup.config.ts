import { defineConfig } from 'tsup'
import shared from '../../tsup.config.ts'

/** The doors share their code: an error is the same class in each of them. */
export default defineConfig({ ...shared, entry: ['src/index.ts', 'src/driver.ts', 'src/companion.ts'] })
