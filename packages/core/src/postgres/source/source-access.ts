import type { CommandRunner } from '../../command/command-runner.ts'
import type { SessionBounds } from '../sql/bounded-client.ts'

/** By what a source is looked at. */
export interface SourceAccess {
  readonly runner: CommandRunner
  readonly sourceBounds: SessionBounds
}
