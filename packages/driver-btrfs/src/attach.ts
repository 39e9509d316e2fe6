import { type CloneReference, findEntry } from '@pgfork/core/driver'
import { entryOf } from './names.ts'

/** A clone is visible from the start. @returns where its files are */
export const attach = async (clone: CloneReference): Promise<string> => (await findEntry(entryOf('clone', clone))).files
