import type { Part, StoredPart } from '../../storage/driver/driver-set.ts'

/** What a record keeps of what was found in storage. */
export const partOf = ({ driver, volume, name }: StoredPart): Part => ({ driver, volume, name })
