/** Numbers of tables of the system in every cluster, and of their files until they get others, as by VACUUM FULL. */
export const systemTables = { pgClass: 1259, largeObjects: 2613 } as const

/** Lower numbers are the system's (`FirstNormalObjectId` in transam.h). */
const firstNormal = 16_384

/** Whether a table, or a file of one that initdb made, holds nothing of users, who keep large objects in a table of the system. */
export const isOfSystem = (number: number): boolean => number < firstNormal && number !== systemTables.largeObjects
