import { conflictsWithRecovery, isRecoveryConflict } from '../sql/recovery-conflict.ts'

const mostAttempts = 10

/** Repeats a look at a source that is a standby and cancelled a statement of it. */
export async function inspectAgain<T>(look: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await look()
    } catch (error) {
      if (!isRecoveryConflict(error)) throw error
      if (attempt === mostAttempts) throw conflictsWithRecovery(error)
    }
  }
}
