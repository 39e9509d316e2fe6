import type { OperationOptions } from '@pgfork/core'

export interface PruneTemplatesOptions extends OperationOptions {
  /** Removes all templates, used or not. Default false. */
  readonly all?: boolean
}
