import type { StoredCopy, VolumeCopy } from '../../storage/driver/driver-set.ts'

/** What a record keeps of what was found in storage. */
export const copyOf = ({ driver, volume, name }: StoredCopy): VolumeCopy => ({ driver, volume, name })
