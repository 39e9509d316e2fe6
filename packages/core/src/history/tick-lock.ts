import { join } from 'node:path'
import type { StateDirectory } from '../state/state-directory.ts'

/** Of whoever records a history or removes it. */
export const tickLock = (state: StateDirectory, history: string): string => join(state.locks, `history-${history}`)
