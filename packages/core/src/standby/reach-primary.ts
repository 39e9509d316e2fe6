import type { Reach } from '../elsewhere/open-sessions.ts'
import { reachByPassfile } from '../elsewhere/reach-by-passfile.ts'
import type { Operation } from '../operation/operation.ts'
import type { StandbyRecord } from '../records/standby-record.ts'

export const reachPrimary = ({ runner }: Operation, { primary, passfile, owner }: StandbyRecord): Promise<Reach> =>
  reachByPassfile(primary, passfile, owner, runner)
