import type { CloneReference, DriverContext } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { cloneName } from './names.ts'
import type { Settings } from './options.ts'

/** zfsprops(7), `used`: what destroying the dataset would free. A clone's snapshot is not part of it. */
export const ownBytes = async (clone: CloneReference, settings: Settings, context: DriverContext): Promise<number> =>
  Number(await runZfs(['get', '-Hp', '-o', 'value', 'used', cloneName(clone)], settings, context))
